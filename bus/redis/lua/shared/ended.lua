-- USES changes log seats
-- ARGV keptMatchesMs

-- The match, whose stage is its last one, and its log are kept for a while; its text.
local function endMatch(match)
  match.keptUntil = now + tonumber(keptMatchesMs)
  redis.call('HDEL', KEY.matches, match.matchId)
  local text = cjson.encode(match)
  redis.call('HSET', KEY.ended, match.matchId, text)
  redis.call('ZADD', KEY.due, num(match.keptUntil), 'm:' .. match.matchId)
  redis.call('PEXPIRE', KEY.log, keptMatchesMs)
  redis.call('PEXPIRE', KEY.parts, keptMatchesMs)
  changed('m:' .. match.matchId)
  -- Who played on has given up the seat, and each who has its Elo the other one.
  if match.stage ~= 'closed' then unseat('o', match)
  elseif not (match.sides[1].eloTaken and match.sides[2].eloTaken) then unseat('e', match) end
  return text
end
