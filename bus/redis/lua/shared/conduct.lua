-- USES time json read
-- How players (p:) and nodes (n:) have behaved. What counts no more is let go of a few at a time.
local MOST_SWEPT_CONDUCTS = 20

local function conductOf(who)
  local record = find(KEY.conduct, who)
  if record and record.keptUntil > now then return record end
  return { voids = {}, barredUntil = 0, why = '', declines = 0, declinedAt = 0, restsUntil = 0, keptUntil = 0 }
end

local function keepConduct(who, record)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEY.conductDue, '-inf', num(now), 'LIMIT', 0, MOST_SWEPT_CONDUCTS)) do
    redis.call('ZREM', KEY.conductDue, old)
    redis.call('HDEL', KEY.conduct, old)
  end
  redis.call('HSET', KEY.conduct, who, cjson.encode(record))
  redis.call('ZADD', KEY.conductDue, num(record.keptUntil), who)
end
