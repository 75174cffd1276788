-- The sides of matches by their node, to be found by one that began anew: `o`, the match is open; `e`, its Elo is not taken. In order of kind, node,
-- queue and match: no name can hide in another one.

local function seatAs(kind, node, queue, matchId, side)
  return kind .. #node .. ':' .. node .. ':' .. queue .. ':' .. (matchId and matchId .. ':' .. side or '')
end

local function seatOf(kind, match, side)
  return seatAs(kind, match.sides[side + 1].node, match.queue, match.matchId, side)
end

local function seat(kind, match)
  redis.call('ZADD', KEY.seats, 0, seatOf(kind, match, 0), 0, seatOf(kind, match, 1))
end

-- `only`: the side that leaves; else both.
local function unseat(kind, match, only)
  if only then redis.call('ZREM', KEY.seats, seatOf(kind, match, only))
  else redis.call('ZREM', KEY.seats, seatOf(kind, match, 0), seatOf(kind, match, 1)) end
end
