-- USES time

local function find(key, id)
  local text = redis.call('HGET', key, id)
  return text and cjson.decode(text) or nil
end

-- A match, also one that has ended, while it is kept.
local function findMatch(id)
  local match = find(KEY.matches, id)
  if match then return match end
  local ended = find(KEY.ended, id)
  if ended and ended.keptUntil > now then return ended end
end
