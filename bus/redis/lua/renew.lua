-- Keeps a lease that is still mine. PEXPIRE works when memory is full, where SET would not.
-- KEYS lease
-- ARGV token epoch leaseMs
-- RETURNS held | lost
-- FLAGS allow-oom

if redis.call('GET', KEY.lease) ~= epoch .. ':' .. token then return 'lost' end
redis.call('PEXPIRE', KEY.lease, leaseMs)
return 'held'
