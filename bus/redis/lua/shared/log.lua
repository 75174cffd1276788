-- USES time json rooms

-- Writes an entry to the log and publishes it. `parts`: the entry without braces, version and turn. Answers how many entries there are, and when this one came.
local function write(match, turn, parts)
  local entry = '{' .. parts .. ',"turn":' .. num(turn) .. '}'
  redis.call('RPUSH', KEY.log, num(now) .. ' ' .. entry)
  local entries = num(turn) .. ' ' .. num(now)
  redis.call('HSET', KEY.entries, match.matchId, entries)
  say('challenge', match.challengeRoom, entry)
  return entries
end
