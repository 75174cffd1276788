-- Reads the queue's configuration as the realm has it.
-- KEYS configs
-- ARGV queue
-- RETURNS record | nothing
-- FLAGS no-writes

return redis.call('HGET', KEY.configs, queue)
