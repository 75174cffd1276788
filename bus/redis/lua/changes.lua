-- What changed since a position, and the queue's revision at this moment.
-- KEYS changes tickets offers matches entries revisions
-- ARGV queue since most
-- RETURNS lost | more position [what record entries]… | whole revision [what record entries]…
-- FLAGS no-writes
local MOST_CHANGES = 50000
local TABLES = { t = KEY.tickets, o = KEY.offers, m = KEY.matches }

-- When the list is full of newer ones, some of them may have been dropped from it.
if redis.call('ZCOUNT', KEY.changes, '(' .. since, '+inf') >= MOST_CHANGES then return { 'lost' } end
local found = redis.call('ZRANGEBYSCORE', KEY.changes, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local reply = { 'whole', redis.call('HGET', KEY.revisions, queue) or '0' }
if #found == 2 * most then reply = { 'more', found[#found] } end
for number = 1, #found, 2 do
  local kind, id = string.sub(found[number], 1, 1), string.sub(found[number], 3)
  reply[#reply + 1] = found[number]
  reply[#reply + 1] = redis.call('HGET', TABLES[kind], id) or ''
  reply[#reply + 1] = kind == 'm' and redis.call('HGET', KEY.entries, id) or ''
end
return reply
