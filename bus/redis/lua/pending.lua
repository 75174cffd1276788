-- The commands that a queue's leader may execute and nobody has answered, those that expire first first.
-- KEYS inbox inboxOrder answers
-- ARGV queue most
-- RETURNS [text]…
-- USES time json
-- FLAGS no-writes

local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEY.inboxOrder, num(now), '+inf')) do
  if #found >= tonumber(most) then break end
  local text = redis.call('HEXISTS', KEY.answers, id) == 0 and redis.call('HGET', KEY.inbox, id)
  local of = text and cjson.decode(text).command.queue
  if text and (not of or of == queue) then found[#found + 1] = text end
end
return found
