-- Where the list of changes ends now: its name, and how long it is.
-- KEYS changes
-- ARGV
-- RETURNS position
-- FLAGS no-writes

return (redis.call('LINDEX', KEY.changes, 0) or '') .. ' ' .. redis.call('LLEN', KEY.changes)
