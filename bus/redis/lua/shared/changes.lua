-- Which records changed, newest last: a snapshot that is read page by page is made whole with what changed meanwhile.
local MOST_CHANGES = 50000

local function nextNumber()
  return redis.call('INCR', KEY.seq)
end

-- `what`: t:<ticket>, o:<offer> or m:<match>.
local function changed(what)
  local number = nextNumber()
  redis.call('ZADD', KEY.changes, number, what)
  if number % 256 == 0 then redis.call('ZREMRANGEBYRANK', KEY.changes, 0, -MOST_CHANGES - 1) end
end
