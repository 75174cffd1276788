-- Announces what is in the outbox up to a number, each once, in order.
-- KEYS outbox announced
-- ARGV upTo
-- RETURNS done
-- FLAGS allow-oom

local count = upTo - (redis.call('GET', KEY.announced) or 0)
if count <= 0 then return 'done' end
local said = redis.call('LRANGE', KEY.outbox, 0, 2 * count - 1)
redis.call('LTRIM', KEY.outbox, 2 * count, -1)
redis.call('SET', KEY.announced, string.format('%.0f', upTo))
for number = 1, #said, 2 do redis.call('PUBLISH', said[number], said[number + 1]) end
return 'done'
