-- The nodes that are drained, blocked or barred for now.
-- KEYS closed
-- ARGV
-- RETURNS [record]…
-- USES time
-- FLAGS no-writes

local texts = {}
for _, text in ipairs(redis.call('HVALS', KEY.closed)) do
  local ends = cjson.decode(text)['until']
  if not ends or ends > now then texts[#texts + 1] = text end
end
return texts
