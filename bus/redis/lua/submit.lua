-- A command of the owner takes its place in the inbox. The one script that writes there, and writes nowhere else.
-- KEYS inbox inboxOrder
-- ARGV id forMs head
-- RETURNS submitted text | full
-- USES time json
-- FLAGS allow-oom
local MOST_COMMANDS = 1000

local known = redis.call('HGET', KEY.inbox, id)
if known then return { 'submitted', known } end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEY.inboxOrder, '-inf', '(' .. num(now), 'LIMIT', 0, MOST_COMMANDS)) do
  redis.call('ZREM', KEY.inboxOrder, old)
  redis.call('HDEL', KEY.inbox, old)
end
if redis.call('HLEN', KEY.inbox) >= MOST_COMMANDS then return { 'full' } end
local text = '{' .. head .. ',"at":' .. num(now) .. ',"expiresAt":' .. num(now + forMs) .. '}'
redis.call('HSET', KEY.inbox, id, text)
redis.call('ZADD', KEY.inboxOrder, num(now + forMs), id)
redis.call('PUBLISH', string.match(KEYS[1], '^.-{[^}]*}:') .. 'inbox', 'submitted')
return { 'submitted', text }
