-- USES read time json rooms
-- Who of an ended match asked to play once more, and how often two have played rated today.
local DAY_MS = 24 * 60 * 60 * 1000
local MOST_SWEPT_REMATCHES = 20

local function keepRematch(field, text, until_)
  redis.call('HSET', KEY.rematches, field, text)
  redis.call('ZADD', KEY.rematchesDue, num(until_), field)
end

local function sweepRematches()
  for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEY.rematchesDue, '-inf', num(now), 'LIMIT', 0, MOST_SWEPT_REMATCHES)) do
    redis.call('ZREM', KEY.rematchesDue, field)
    redis.call('HDEL', KEY.rematches, field)
  end
end

-- Bus time until which a match may be asked for once more; nil where it may not.
local function rematchUntil(match, withinMs)
  if match.stage ~= 'rated' and match.stage ~= 'closed' then return end
  local endedAt = tonumber(string.match(redis.call('HGET', KEY.entries, match.matchId), '%d+$'))
  if now <= endedAt + withinMs then return endedAt + withinMs end
end

local function sayRematch(match, side, wants, until_)
  say('challenge', match.challengeRoom, '{"v":1,"kind":"REMATCH","matchId":' .. cjson.encode(match.matchId) .. ',"side":' .. side
    .. ',"wants":' .. tostring(wants) .. ',"until":' .. num(until_) .. '}')
end

-- Does one game more of these two count? It does, at most so many a day; then it is counted, and the first of the row with it.
local function countsToday(match, most)
  local one, two = cjson.decode(match.sides[1].body).actor.id, cjson.decode(match.sides[2].body).actor.id
  if one > two then one, two = two, one end
  local field = 'p:' .. cjson.encode({ match.queue, one, two })
  local day = math.floor(now / DAY_MS)
  local known, count = string.match(redis.call('HGET', KEY.rematches, field) or '', '^(%d+) (%d+)$')
  count = known == num(day) and tonumber(count) or 0
  if (match.rematches or 0) == 0 then count = count + 1 end
  local counts = count < most
  if counts then count = count + 1 end
  keepRematch(field, num(day) .. ' ' .. num(count), (day + 1) * DAY_MS)
  return counts
end
