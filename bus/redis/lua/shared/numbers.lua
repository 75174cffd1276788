-- Of records, in the order in which they came to be.
local function nextNumber()
  return redis.call('INCR', KEY.seq)
end
