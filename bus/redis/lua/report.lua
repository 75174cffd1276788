-- Keeps what a node reports to the owner, once by its id, with what is known of its match. `record` is JSON; it happened `agoMs` ago.
-- KEYS reports reportOrder matches ended entries lineups
-- ARGV id record agoMs
-- RETURNS done | size
-- USES time json find about
local MOST_REPORTS = 10000
local MOST_TEXT = 16384
local MOST_AGO_MS = 24 * 60 * 60 * 1000
local MOST_AHEAD_MS = 60 * 1000

if #record > MOST_TEXT then return 'size' end
if redis.call('HEXISTS', KEY.reports, id) == 1 then return 'done' end
local said = cjson.decode(record)
local stage = said.stage
local match = findMatch(said.matchId)
if match then
  ofMatch(match, said)
  said.stage = stage or match.stage
end
-- An empty list comes out of cjson as an object, and who reads it would find no incident: left out it is read as none.
for _, list in ipairs({ 'actors', 'nodes' }) do
  if said[list] and not next(said[list]) then said[list] = nil end
end
said.id = id
said.at = now - math.max(0, math.min(tonumber(agoMs), MOST_AGO_MS))
local newest = tonumber(redis.call('ZREVRANGE', KEY.reportOrder, 0, 0, 'WITHSCORES')[2] or 0)
-- Who writes here without this script does not set the numbers for ever.
if newest > 2 * (now + MOST_AHEAD_MS) then newest = 0 end
said.number = math.max(newest + 2, 2 * now + 1)
redis.call('HSET', KEY.reports, id, cjson.encode(said))
redis.call('ZADD', KEY.reportOrder, num(said.number), id)
if redis.call('ZCARD', KEY.reportOrder) > MOST_REPORTS then
  redis.call('HDEL', KEY.reports, redis.call('ZPOPMIN', KEY.reportOrder)[1])
end
return 'done'
