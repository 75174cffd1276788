-- Says a message in a room. A script, so that in a cluster it goes the same way as what the other scripts say.
-- KEYS seq
-- ARGV room text
-- RETURNS done
-- FLAGS allow-oom

redis.call('PUBLISH', room, text)
return 'done'
