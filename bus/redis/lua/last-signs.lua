-- Every node's last sign of life.
-- KEYS signs
-- ARGV
-- RETURNS [record]…
-- FLAGS no-writes

return redis.call('HVALS', KEY.signs)
