-- What is answered of a match. `text`: of its record, where that is known.
local function told(answer, match, text)
  local entries, lineup = redis.call('HGET', KEY.entries, match.matchId), redis.call('HGET', KEY.lineups, match.matchId)
  return { answer, text or cjson.encode(match), entries, lineup }
end
