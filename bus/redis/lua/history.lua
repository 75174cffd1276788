-- What a player has played in a queue, of a season that is over where `season` names one: how many games, then the last of them, each a line.
-- KEYS history annals
-- ARGV season player
-- RETURNS text | nothing
-- FLAGS no-writes

return redis.call('HGET', season == '' and KEY.history or KEY.annals, player)
