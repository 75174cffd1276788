-- The queue's configuration as the realm has it. Where it has none, or where no node that has it asked for long and the owner did not
-- adopt it, this node's is it from now on; so it is with the mark of the secret.
-- KEYS configs configsSeen
-- ARGV queue config hash secret node unseenMs
-- RETURNS record
-- USES time json
-- FLAGS allow-oom

local text = redis.call('HGET', KEY.configs, queue)
local known = text and cjson.decode(text)
local seen = tonumber(redis.call('HGET', KEY.configsSeen, queue) or '0')
local isUnseen = now >= seen + unseenMs
local keep = false
if not known or (known.hash ~= hash and not known.byOwner and isUnseen) then
  known = { config = config, hash = hash, secret = secret, at = now, by = node, byOwner = false }
  keep = true
elseif known.hash == hash and known.secret ~= secret and (not known.secret or isUnseen) then
  known.secret = secret
  keep = true
end
if keep then
  text = cjson.encode(known)
  redis.call('HSET', KEY.configs, queue, text)
end
if known.hash == hash and known.secret == secret then redis.call('HSET', KEY.configsSeen, queue, now) end
return text
