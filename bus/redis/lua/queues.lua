-- The queues in which somebody waits or waited, or whose configuration is known.
-- KEYS waiting configs instantsWaiting begun
-- ARGV
-- RETURNS [queue waiting instants begun]…
-- USES begun
-- FLAGS no-writes

local reply, seen = {}, {}
local function add(queue)
  if seen[queue] then return end
  seen[queue] = true
  reply[#reply + 1] = queue
  reply[#reply + 1] = redis.call('HGET', KEY.waiting, queue) or '0'
  reply[#reply + 1] = redis.call('HGET', KEY.instantsWaiting, queue) or '0'
  reply[#reply + 1] = num(begunLately(queue))
end
for _, queue in ipairs(redis.call('HKEYS', KEY.waiting)) do add(queue) end
for _, queue in ipairs(redis.call('HKEYS', KEY.instantsWaiting)) do add(queue) end
for _, queue in ipairs(redis.call('HKEYS', KEY.configs)) do add(queue) end
return reply
