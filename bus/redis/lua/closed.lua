-- The nodes that are drained or blocked.
-- KEYS closed
-- ARGV
-- RETURNS [record]…
-- FLAGS no-writes

return redis.call('HVALS', KEY.closed)
