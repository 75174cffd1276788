-- The queue's configuration as the realm has it. Where it has none, or where no node that has it asked for long and the owner did not
-- adopt it, this node's is it from now on.
-- KEYS configs configsSeen
-- ARGV queue config hash node unseenMs
-- RETURNS record
-- USES time json
-- FLAGS allow-oom

local text = redis.call('HGET', KEY.configs, queue)
local known = text and cjson.decode(text)
local seen = tonumber(redis.call('HGET', KEY.configsSeen, queue) or '0')
if not known or (known.hash ~= hash and not known.byOwner and now >= seen + unseenMs) then
  known = { config = config, hash = hash, at = now, by = node, byOwner = false }
  text = cjson.encode(known)
  redis.call('HSET', KEY.configs, queue, text)
end
if known.hash == hash then redis.call('HSET', KEY.configsSeen, queue, now) end
return text
