-- Where the list of changes ends now.
-- KEYS seq
-- ARGV
-- RETURNS number
-- FLAGS no-writes

return redis.call('GET', KEY.seq) or '0'
