-- USES time json rooms

-- Writes an entry to the log and publishes it. `parts`: the entry without braces, version and turn.
local function write(match, turn, parts)
  local entry = '{' .. parts .. ',"turn":' .. num(turn) .. '}'
  redis.call('RPUSH', KEY.log, num(now) .. ' ' .. entry)
  redis.call('HSET', KEY.entries, match.matchId, num(turn) .. ' ' .. num(now))
  say('challenge', match.challengeRoom, entry)
end
