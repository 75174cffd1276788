-- USES time json about
-- What the owner should know of, newest last, each once by its id; the oldest go. Numbers grow with the clock: leaders' are even, and what
-- nodes report has odd ones in tables of its own, which is all that a node that never leads can spoil.
local MOST_INCIDENTS = 10000

local function incident(record)
  if redis.call('HEXISTS', KEY.incidents, record.id) == 1 then return end
  local newest = tonumber(redis.call('ZREVRANGE', KEY.incidentOrder, 0, 0, 'WITHSCORES')[2] or 0)
  record.number = math.max(newest + 2, 2 * now)
  record.at = now
  redis.call('HSET', KEY.incidents, record.id, cjson.encode(record))
  redis.call('ZADD', KEY.incidentOrder, num(record.number), record.id)
  if redis.call('ZCARD', KEY.incidentOrder) > MOST_INCIDENTS then
    redis.call('HDEL', KEY.incidents, redis.call('ZPOPMIN', KEY.incidentOrder)[1])
  end
end
