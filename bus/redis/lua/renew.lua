-- Keeps a lease that is still mine, and says what time it is. PEXPIRE works when memory is full, where SET would not.
-- KEYS lease generation store
-- ARGV token epoch generation leaseMs
-- RETURNS held time | lost
-- USES time json store
-- FLAGS allow-oom

if redis.call('GET', KEY.lease) ~= epoch .. ':' .. token then return { 'lost' } end
-- It is acquired again under a new generation.
if redis.call('GET', KEY.generation) ~= generation or redis.call('GET', KEY.store) ~= storeId() then return { 'lost' } end
redis.call('PEXPIRE', KEY.lease, leaseMs)
return { 'held', num(now) }
