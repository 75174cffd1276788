-- Keeps the ladder as it is under a name; everybody begins anew. Matches of before change no Elo any more.
-- KEYS lease generation answers answersDue incidents incidentOrder ratings history archive annals seasons entries lineups
-- ARGV epoch generation queue id who expiresAt name
-- RETURNS answer text | fenced
-- USES orders read
-- FLAGS allow-oom
local MOST_SEASONS = 1000

local early = before()
if early then return early end
local seasons = find(KEY.seasons, queue) or {}
for _, season in ipairs(seasons) do
  if season.name == name then return refuse('there is a season of this name') end
end
if #seasons >= MOST_SEASONS then return refuse('too many seasons') end
-- One step, however many have played.
if redis.call('EXISTS', KEY.ratings) == 1 then redis.call('RENAME', KEY.ratings, KEY.archive) end
if redis.call('EXISTS', KEY.history) == 1 then redis.call('RENAME', KEY.history, KEY.annals) end
seasons[#seasons + 1] = { name = name, endedAt = now }
redis.call('HSET', KEY.seasons, queue, cjson.encode(seasons))
return done('season begun, the old ladder is kept as ' .. name, { queue = queue })
