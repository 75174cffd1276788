-- Gives back a lease, or a place in the line for it; whoever is next is told.
-- KEYS lease line heir seq
-- ARGV token queue leaseMs handoverMs
-- RETURNS done
-- USES time json line
-- FLAGS allow-oom

redis.call('HDEL', KEY.line, token)
local held = redis.call('GET', KEY.lease)
local holds = held and string.match(held, '^%d+:(.*)$') == token
if not holds and redis.call('GET', KEY.heir) ~= token then return 'done' end
if holds then redis.call('DEL', KEY.lease) end
redis.call('DEL', KEY.heir)
leaveTo(queue, leaseMs, handoverMs)
return 'done'
