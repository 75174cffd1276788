-- The queue's configuration, which its nodes have to have from now on.
-- KEYS lease generation answers answersDue incidents incidentOrder configs entries lineups
-- ARGV epoch generation queue id who expiresAt config hash
-- RETURNS answer text | fenced
-- USES orders
-- FLAGS allow-oom

local early = before()
if early then return early end
local text = redis.call('HGET', KEY.configs, queue)
local secret = text and cjson.decode(text).secret
redis.call(
  'HSET',
  KEY.configs,
  queue,
  cjson.encode({ config = config, hash = hash, secret = secret or nil, at = now, by = who, byOwner = true })
)
return done('configuration adopted', { queue = queue, detail = hash })
