-- A record, or nil.
local function find(key, id)
  local text = redis.call('HGET', key, id)
  return text and cjson.decode(text) or nil
end
