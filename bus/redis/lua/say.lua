-- Says a message in a room of a cluster: as a script it goes the same way as what the other scripts say. Elsewhere PUBLISH does.
-- KEYS seq
-- ARGV room text
-- RETURNS done
-- FLAGS allow-oom

redis.call('PUBLISH', room, text)
return 'done'
