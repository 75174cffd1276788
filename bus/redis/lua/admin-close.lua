-- A node takes nobody in any more (`how` is drained or blocked). `reason` is JSON.
-- KEYS lease generation answers answersDue incidents incidentOrder closed entries lineups
-- ARGV epoch generation queue id who expiresAt node how reason
-- RETURNS answer text | fenced
-- USES orders
-- FLAGS allow-oom
local MOST_CLOSED = 10000

local early = before()
if early then return early end
local field = how .. ' ' .. node
if redis.call('HLEN', KEY.closed) >= MOST_CLOSED and redis.call('HEXISTS', KEY.closed, field) == 0 then
  return refuse('too many nodes are drained or blocked: open some again')
end
local detail = cjson.decode('[' .. reason .. ']')[1]
redis.call('HSET', KEY.closed, field, cjson.encode({ node = node, how = how, reason = detail }))
return done(how, { nodes = { node }, detail = detail })
