-- What changed since a position, and the queue's revision at this moment.
-- KEYS changes tickets offers matches entries lineups revisions
-- ARGV queue since most
-- RETURNS lost | more position [what record entries lineup]… | whole revision [what record entries lineup]…
-- USES json readable
-- FLAGS no-writes
local TABLES = { t = KEY.tickets, o = KEY.offers, m = KEY.matches }

local name, from = string.match(since, '^(%S*) (%d+)$')
-- It has begun anew, or the store has lost some of it.
if (redis.call('LINDEX', KEY.changes, 0) or '') ~= name or redis.call('LLEN', KEY.changes) < tonumber(from) then return { 'lost' } end
local found = redis.call('LRANGE', KEY.changes, from, from + most - 1)
local reply = { 'whole', redis.call('HGET', KEY.revisions, queue) or '0' }
if #found == tonumber(most) then reply = { 'more', name .. ' ' .. num(from + #found) } end
local seen = {}
for _, what in ipairs(found) do
  local kind, id = string.sub(what, 1, 1), string.sub(what, 3)
  if not seen[what] then
    reply[#reply + 1] = what
    reply[#reply + 1] = bounded(redis.call('HGET', TABLES[kind], id) or '')
    reply[#reply + 1] = kind == 'm' and redis.call('HGET', KEY.entries, id) or ''
    reply[#reply + 1] = bounded(kind == 'm' and redis.call('HGET', KEY.lineups, id) or '')
  end
  seen[what] = true
end
return reply
