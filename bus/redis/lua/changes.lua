-- What changed since a position, and the queue's revision at this moment.
-- KEYS changes tickets offers matches entries lineups revisions
-- ARGV queue since most
-- RETURNS lost | more position [what record entries lineup]… | whole revision [what record entries lineup]…
-- FLAGS no-writes
local MOST_CHANGES = 50000
local TABLES = { t = KEY.tickets, o = KEY.offers, m = KEY.matches }

-- When the list is full, older ones were dropped from it.
local function isBehind(id)
  local oldest = redis.call('XLEN', KEY.changes) >= MOST_CHANGES and redis.call('XRANGE', KEY.changes, '-', '+', 'COUNT', 1)[1][1]
  if not oldest then return false end
  local at, number = string.match(id, '^(%d+)-(%d+)$')
  local oldestAt, oldestNumber = string.match(oldest, '^(%d+)-(%d+)$')
  if at == oldestAt then return tonumber(number) < tonumber(oldestNumber) end
  return tonumber(at) < tonumber(oldestAt)
end
if isBehind(since) then return { 'lost' } end
local found = redis.call('XRANGE', KEY.changes, '(' .. since, '+', 'COUNT', most)
local reply = { 'whole', redis.call('HGET', KEY.revisions, queue) or '0' }
if #found == tonumber(most) then reply = { 'more', found[#found][1] } end
local seen = {}
for _, change in ipairs(found) do
  local what = change[2][2]
  local kind, id = string.sub(what, 1, 1), string.sub(what, 3)
  if not seen[what] then
    reply[#reply + 1] = what
    reply[#reply + 1] = redis.call('HGET', TABLES[kind], id) or ''
    reply[#reply + 1] = kind == 'm' and redis.call('HGET', KEY.entries, id) or ''
    reply[#reply + 1] = kind == 'm' and redis.call('HGET', KEY.lineups, id) or ''
  end
  seen[what] = true
end
return reply
