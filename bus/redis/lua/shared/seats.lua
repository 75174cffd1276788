-- The sides of matches by their node, to be found by one that began anew: `o`, the match is open; `e`, its Elo is not taken. In order of kind, node,
-- queue and match: no name can hide in another one.

local function seatAs(kind, node, queue, matchId, side)
  return kind .. #node .. ':' .. node .. ':' .. queue .. ':' .. (matchId and matchId .. ':' .. side or '')
end

local function seat(kind, match)
  for number, side in ipairs(match.sides) do
    redis.call('ZADD', KEY.seats, 0, seatAs(kind, side.node, match.queue, match.matchId, number - 1))
  end
end

-- `only`: the side that leaves; else both.
local function unseat(kind, match, only)
  for number, side in ipairs(match.sides) do
    if not only or tonumber(only) == number - 1 then
      redis.call('ZREM', KEY.seats, seatAs(kind, side.node, match.queue, match.matchId, number - 1))
    end
  end
end
