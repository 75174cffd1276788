-- USES tickets log seats
local ENDED_MATCH_MS = 60 * 60 * 1000

local function freePlayers(match)
  for _, side in ipairs(match.sides) do unplace(side.players, match.matchId) end
end

-- The match, whose stage is its last one, and its log are kept for a while; its text.
local function endMatch(match)
  match.keptUntil = now + ENDED_MATCH_MS
  redis.call('HDEL', KEY.matches, match.matchId)
  local text = cjson.encode(match)
  redis.call('HSET', KEY.ended, match.matchId, text)
  redis.call('ZADD', KEY.due, num(match.keptUntil), 'm:' .. match.matchId)
  redis.call('PEXPIRE', KEY.log, ENDED_MATCH_MS)
  redis.call('PEXPIRE', KEY.parts, ENDED_MATCH_MS)
  changed('m:' .. match.matchId)
  unseat('o', match)
  unseat('e', match)
  return text
end
