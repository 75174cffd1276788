-- A node is drained or blocked no more.
-- KEYS lease generation answers answersDue incidents incidentOrder closed entries
-- ARGV epoch generation queue id who expiresAt node how
-- RETURNS answer text | fenced
-- USES orders
-- FLAGS allow-oom

local early = before()
if early then return early end
if redis.call('HDEL', KEY.closed, how .. ' ' .. node) == 0 then return refuse('not ' .. how) end
return done('not ' .. how .. ' any more', { nodes = { node } })
