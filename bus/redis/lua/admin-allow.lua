-- A barred player may queue again, and what it did is forgotten.
-- KEYS lease generation answers answersDue incidents incidentOrder bars conduct entries lineups
-- ARGV epoch generation queue id who expiresAt player
-- RETURNS answer text | fenced
-- USES orders
-- FLAGS allow-oom

local early = before()
if early then return early end
if redis.call('HDEL', KEY.bars, player) + redis.call('HDEL', KEY.conduct, 'p:' .. player) == 0 then return refuse('not barred') end
return done('allowed again', { actors = { player } })
