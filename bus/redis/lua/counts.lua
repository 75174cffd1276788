-- How many answers and steps changed nothing, by verb and reason.
-- KEYS counts
-- ARGV
-- RETURNS [name, number]…
-- FLAGS no-writes

return redis.call('HGETALL', KEY.counts)
