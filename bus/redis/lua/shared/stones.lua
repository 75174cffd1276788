-- USES time json
-- Lets go of tombstones that are past their keeping, a few at a time. Ended matches are the leader's: a node that never leads may not write there.
local MOST_LOOKED_AT = 100
local MOST_STONES = 20

local function sweepStones()
  local swept = 0
  for _, what in ipairs(redis.call('ZRANGEBYSCORE', KEY.due, '-inf', num(now), 'LIMIT', 0, MOST_LOOKED_AT)) do
    if string.sub(what, 1, 1) == 't' and swept < MOST_STONES then
      redis.call('ZREM', KEY.due, what)
      redis.call('HDEL', KEY.tombstones, string.sub(what, 3))
      swept = swept + 1
    end
  end
end
