-- USES read time json rooms tickets
-- Users who wait for an instant match. One that is past its time counts as gone; its record is kept a while longer, for its node may come back to it.
local MOST_SWEPT_INSTANTS = 20

local function findInstant(ticket)
  local record = find(KEY.instants, ticket)
  if record and record.expiresAt > now then return record end
end

local function keepInstant(record)
  redis.call('HSET', KEY.instants, record.ticket, cjson.encode(record))
  redis.call('ZADD', KEY.instantsDue, num(now + record.lifeMs), record.ticket)
end

-- On the list for as long as it lives; with `unseen` nobody finds it before its node has renewed it.
local function listInstant(record, unseen)
  if redis.call('HEXISTS', KEY.instants, record.ticket) == 0 then redis.call('HINCRBY', KEY.instantsWaiting, record.queue, 1) end
  record.expiresAt = unseen and now or now + record.lifeMs
  keepInstant(record)
  place(record, 'instant', record.ticket)
end

local function dropInstant(record)
  if redis.call('HDEL', KEY.instants, record.ticket) == 0 then return end
  redis.call('ZREM', KEY.instantsDue, record.ticket)
  redis.call('HINCRBY', KEY.instantsWaiting, record.queue, -1)
  unplace(record.players, record.ticket)
end

-- Tells every node with users who wait: nothing of it says who this is, or where.
local function broadcastInstant(record)
  say('INSTANT_MATCH_WAITLIST', record.queue, '{"v":1,"kind":"INSTANT_MATCH_WAITLIST","ticket":' .. cjson.encode(record.ticket)
    .. ',"room":' .. cjson.encode(record.room) .. ',"preferences":' .. cjson.encode(record.preferences)
    .. ',"data":' .. cjson.encode(record.data) .. '}')
end

local function sweepInstants()
  for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', KEY.instantsDue, '-inf', num(now), 'LIMIT', 0, MOST_SWEPT_INSTANTS)) do
    local record = find(KEY.instants, ticket)
    if record then dropInstant(record) else redis.call('ZREM', KEY.instantsDue, ticket) end
  end
end
