-- USES json
-- The Elo of a side: given, or made of the ratings that the realm keeps. In 64ths: sums and differences of Elos are exact.
local function eloOf(members, elo, initialElo, partyElo)
  if elo == '' then
    local sum, highest = 0, nil
    for _, player in ipairs(members) do
      local rating = tonumber(redis.call('ZSCORE', KEY.ratings, player) or initialElo)
      sum = sum + rating
      highest = math.max(highest or rating, rating)
    end
    elo = partyElo == 'max' and highest or sum / #members
  end
  return math.floor(tonumber(elo) * 64 + 0.5) / 64
end
