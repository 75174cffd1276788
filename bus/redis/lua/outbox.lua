-- Where what is to be announced ends now, counted from the first that ever was.
-- KEYS outbox announced
-- ARGV
-- RETURNS number
-- FLAGS allow-oom

local before = redis.call('GET', KEY.announced) or '0'
return tostring(before + redis.call('LLEN', KEY.outbox) / 2)
