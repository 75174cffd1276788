-- USES json changes

local function keepMatch(match)
  redis.call('HSET', KEY.matches, match.matchId, cjson.encode(match))
  changed('m:' .. match.matchId)
end
