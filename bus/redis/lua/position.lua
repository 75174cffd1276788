-- Where the list of changes ends now.
-- KEYS changes
-- ARGV
-- RETURNS id
-- FLAGS no-writes

local newest = redis.call('XREVRANGE', KEY.changes, '+', '-', 'COUNT', 1)[1]
return newest and newest[1] or '0-0'
