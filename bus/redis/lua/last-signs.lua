-- Every node's last sign of life.
-- KEYS signs
-- ARGV
-- RETURNS [node record]…
-- USES readable
-- FLAGS no-writes

local reply = redis.call('HGETALL', KEY.signs)
for number = 2, #reply, 2 do reply[number] = bounded(reply[number]) end
return reply
