-- Sets the Elo of a player who is neither waiting nor playing in the queue. `reason` is JSON.
-- KEYS lease generation answers answersDue incidents incidentOrder ratings tickets matches presences entries lineups instants
-- ARGV epoch generation queue id who expiresAt player elo reason
-- RETURNS answer text | fenced
-- USES orders read
-- FLAGS allow-oom

local early = before()
if early then return early end
local presence = find(KEY.presences, player)
local instant = presence and find(KEY.instants, presence.of)
local waits = instant and instant.expiresAt > now
if presence and presence.queue == queue and (waits or find(KEY.tickets, presence.of) or find(KEY.matches, presence.of)) then
  return refuse('waiting or playing in this queue: remove them, or let the match end, and ask again')
end
local old = redis.call('ZSCORE', KEY.ratings, player)
redis.call('ZADD', KEY.ratings, elo, player)
local says = 'Elo from ' .. (old and num(old) or 'none') .. ' to ' .. num(elo)
return done(says, { queue = queue, actors = { player }, detail = cjson.decode('[' .. reason .. ']')[1] })
