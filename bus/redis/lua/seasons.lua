-- The seasons of a queue that are over, oldest first.
-- KEYS seasons
-- ARGV queue
-- RETURNS list | nothing
-- FLAGS no-writes

return redis.call('HGET', KEY.seasons, queue)
