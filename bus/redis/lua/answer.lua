-- Reads the answer to a command of the owner.
-- KEYS answers
-- ARGV id
-- RETURNS text | nothing
-- FLAGS no-writes

return redis.call('HGET', KEY.answers, id)
