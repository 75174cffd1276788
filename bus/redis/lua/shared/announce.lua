-- USES json rooms

-- Says to a queue's leader what a node's script did: numbered, so that a lost one is noticed. `parts`: the message without braces.
local function announce(queue, parts)
  local revision = redis.call('HINCRBY', KEY.revisions, queue, 1)
  say('jaeger', queue, '{"v":1,"revision":' .. num(revision) .. ',' .. parts .. '}')
end
