-- Who leads a queue.
-- KEYS lease
-- ARGV
-- RETURNS epoch:token | nothing
-- FLAGS no-writes

return redis.call('GET', KEY.lease)
