-- USES json
-- Who plays a match: what never changes of it, kept apart from what every step reads and writes. A list of its sides in their order, each with
-- its ticket, players, elo, missedJoins and body, and in a match that no leader arranged with what it wanted.

local function keepLineup(match, lineup)
  redis.call('HSET', KEY.lineups, match.matchId, cjson.encode(lineup))
end

-- The match, whose sides have from now on also what stands in its lineup; what is kept of it is as before.
local function lineUp(match)
  for number, fixed in ipairs(cjson.decode(redis.call('HGET', KEY.lineups, match.matchId))) do
    setmetatable(match.sides[number], { __index = fixed })
  end
  return match
end
