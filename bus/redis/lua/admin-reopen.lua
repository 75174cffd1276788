-- A node is drained or blocked no more; nor is one barred that is unblocked, and what it did is forgotten.
-- KEYS lease generation answers answersDue incidents incidentOrder closed conduct entries lineups
-- ARGV epoch generation queue id who expiresAt node how
-- RETURNS answer text | fenced
-- USES orders
-- FLAGS allow-oom

local early = before()
if early then return early end
local opened = redis.call('HDEL', KEY.closed, how .. ' ' .. node)
if how == 'blocked' then
  opened = opened + redis.call('HDEL', KEY.closed, 'barred ' .. node) + redis.call('HDEL', KEY.conduct, 'n:' .. node)
end
if opened == 0 then return refuse('not ' .. how) end
return done('not ' .. how .. ' any more', { nodes = { node } })
