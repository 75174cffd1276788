-- The queue's configuration as the realm has it; where it has none, this node's is it from now on.
-- KEYS configs
-- ARGV queue config hash node
-- RETURNS record
-- USES time json
-- FLAGS allow-oom

redis.call('HSETNX', KEY.configs, queue, cjson.encode({ config = config, hash = hash, at = now, by = node }))
return redis.call('HGET', KEY.configs, queue)
