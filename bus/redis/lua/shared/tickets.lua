-- USES time json changes tally held places numbers

local function keepTicket(record)
  redis.call('HSET', KEY.tickets, record.ticket, cjson.encode(record))
  changed('t:' .. record.ticket)
end

local function tally(record, sign)
  local field, count, hash = tallyOf(record.queue, record.node, record.boot)
  local member = heldAs(record.node, record.queue, record.ticket)
  if sign == 1 then redis.call('ZADD', KEY.held, 0, member) else redis.call('ZREM', KEY.held, member) end
  hash = (hash + sign * tonumber(string.sub(redis.sha1hex(record.ticket), 1, 12), 16)) % 2 ^ 48
  if count + sign == 0 then redis.call('HDEL', KEY.tallies, field)
  else redis.call('HSET', KEY.tallies, field, num(count + sign) .. ' ' .. string.format('%.0f', hash)) end
end

-- The ticket is waiting, its players are queued.
local function putBack(record)
  if redis.call('HEXISTS', KEY.tickets, record.ticket) == 0 then
    redis.call('HINCRBY', KEY.waiting, record.queue, 1)
    tally(record, 1)
    record.number = nextNumber()
  end
  record.state = 'waiting'
  record.offerId = nil
  record.confirmed = false
  keepTicket(record)
  place(record, 'queued', record.ticket)
end

-- The ticket is in the queue no more; its players are placed elsewhere, or nowhere. Answers whether it was there.
local function remove(record)
  if redis.call('HDEL', KEY.tickets, record.ticket) == 0 then return false end
  redis.call('HINCRBY', KEY.waiting, record.queue, -1)
  tally(record, -1)
  changed('t:' .. record.ticket)
  return true
end

local function takeOut(record)
  if remove(record) then unplace(record.players, record.ticket) end
end
