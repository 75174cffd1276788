-- What changes nothing is counted, by the verb and why.
local function counted(verb, why)
  redis.call('HINCRBY', KEY.counts, verb .. ' ' .. why, 1)
  return why
end
