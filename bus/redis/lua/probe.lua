-- Answers where Redis takes writes: not on a replica, nor while it starts, nor when memory is full.
-- KEYS seq
-- ARGV
-- RETURNS exists
-- (A script without the flag no-writes is refused before it runs.)

return redis.call('EXISTS', KEY.seq)
