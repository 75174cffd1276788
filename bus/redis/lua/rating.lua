-- Reads the rating of a player in a queue.
-- KEYS ratings
-- ARGV player
-- RETURNS rating | nothing
-- FLAGS no-writes

return redis.call('ZSCORE', KEY.ratings, player)
