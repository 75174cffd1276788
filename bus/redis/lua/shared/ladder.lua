-- USES elo
-- What players have played: how many games, then the last of them, one a line, newest first.

-- The games of the one of them who has played the fewest.
local function fewestGames(members)
  local fewest
  for _, player in ipairs(members) do
    local games = tonumber(string.match(redis.call('HGET', KEY.history, player) or '0', '^%d+'))
    fewest = math.min(fewest or games, games)
  end
  return fewest
end

-- `game` is JSON. So many are kept. The lines are cut, not put together anew: Lua hashes each string that it makes, to its end.
local function recordGame(player, game, kept)
  local text = redis.call('HGET', KEY.history, player) or '0'
  local games = string.match(text, '^%d+')
  local last = #games + 1
  local ends = last - 1
  for _ = 1, kept do ends = ends and string.find(text, '\n', ends + 1, true) end
  local lines = kept > 0 and '\n' .. game .. string.sub(text, last, ends and ends - 1) or ''
  redis.call('HSET', KEY.history, player, num(games + 1) .. lines)
end
