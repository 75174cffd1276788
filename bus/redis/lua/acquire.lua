-- Takes a queue's lease: it is free, or already mine. Otherwise stands in line for it.
-- KEYS lease epoch generation store line heir seq protocol
-- ARGV token leaseMs protocol newest
-- RETURNS held epoch generation time | waits ms
-- USES time json line store
-- FLAGS allow-oom

-- The first leader of a realm says which protocol it speaks; who speaks another one leads nothing.
local spoken = redis.call('GET', KEY.protocol)
if spoken and spoken ~= protocol then return { 'waits', leaseMs } end
local held = redis.call('GET', KEY.lease)
if held and string.match(held, '^%d+:(.*)$') ~= token then
  wait(token)
  local ms, isLess = most(redis.call('PTTL', KEY.lease), held)
  if isLess then redis.call('PEXPIRE', KEY.lease, ms) end
  return { 'waits', num(ms) }
end
local heir = redis.call('GET', KEY.heir)
if not held and heir and heir ~= token then
  wait(token)
  local ms, isLess = most(redis.call('PTTL', KEY.heir), heir)
  if isLess then redis.call('PEXPIRE', KEY.heir, ms) end
  return { 'waits', num(ms) }
end
-- By the clock, so that an epoch that Redis lost is no risk.
local next = num(math.max(tonumber(redis.call('GET', KEY.epoch) or 0) + 1, now))
-- So is the generation, which begins anew when data may have been lost: what the nodes hold is asked for. It is newer than the newest
-- that who asks knows of, for Redis's clock may have been set back meanwhile, and what an older one says is dropped.
local generation, id = redis.call('GET', KEY.generation), storeId()
if not generation or redis.call('GET', KEY.store) ~= id then
  generation = num(math.max(tonumber(generation or 0) + 1, tonumber(newest) + 1, now))
  redis.call('SET', KEY.generation, generation)
  redis.call('SET', KEY.store, id)
end
if not spoken then redis.call('SET', KEY.protocol, protocol) end
redis.call('SET', KEY.epoch, next)
redis.call('SET', KEY.lease, next .. ':' .. token, 'PX', leaseMs)
redis.call('DEL', KEY.heir)
redis.call('HDEL', KEY.line, token)
return { 'held', next, generation, num(now) }
