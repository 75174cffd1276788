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

-- `game` is JSON. So many are kept.
local function recordGame(player, game, kept)
  local games, last = string.match(redis.call('HGET', KEY.history, player) or '0', '^(%d+)(.*)$')
  local lines, count = '', 0
  for line in string.gmatch('\n' .. game .. last, '\n[^\n]+') do
    if count == kept then break end
    lines = lines .. line
    count = count + 1
  end
  redis.call('HSET', KEY.history, player, num(games + 1) .. lines)
end
