-- USES time json
-- What the owner should know of, newest last, each once by its id; the oldest go.
local MOST_INCIDENTS = 10000

local function incident(record)
  if redis.call('HEXISTS', KEY.incidents, record.id) == 1 then return end
  local newest = redis.call('ZREVRANGE', KEY.incidentOrder, 0, 0, 'WITHSCORES')[2] or 0
  record.number = newest + 1
  record.at = now
  redis.call('HSET', KEY.incidents, record.id, cjson.encode(record))
  redis.call('ZADD', KEY.incidentOrder, record.number, record.id)
  if redis.call('ZCARD', KEY.incidentOrder) > MOST_INCIDENTS then
    redis.call('HDEL', KEY.incidents, redis.call('ZPOPMIN', KEY.incidentOrder)[1])
  end
end

-- What an incident says of a match as it is now.
local function ofMatch(match, record)
  record.queue = match.queue
  record.matchId = match.matchId
  record.stage = match.stage
  record.actors = {}
  record.nodes = {}
  for number, side in ipairs(match.sides) do
    record.actors[number] = cjson.decode(side.body).actor.id
    record.nodes[number] = side.node
  end
  record.lastEntryAt = tonumber(string.match(redis.call('HGET', KEY.entries, match.matchId), '%d+$'))
  record.firstOverAt = match.firstOverAt
  return record
end
