-- USES json changes

-- Returns its text.
local function keepMatch(match)
  local text = cjson.encode(match)
  redis.call('HSET', KEY.matches, match.matchId, text)
  changed('m:' .. match.matchId)
  return text
end
