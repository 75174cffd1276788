-- ARGV seal
-- The names of rooms, as bus/rooms.ts has them: behind the hash tag that every key begins with.
local TAG = string.match(KEYS[1], '^.-{[^}]*}:')

-- What is said is signed as bus/signature.ts has it, where `seal` brings the key of this call.
local spoken = 0
local function say(kind, id, text)
  local room = TAG .. kind .. ':' .. id
  if seal ~= '' then
    local key = string.sub(seal, 1, 64)
    text = string.sub(seal, 65) .. spoken .. ',' .. cjson.encode(room) .. ']\n' .. text
    text = 'c' .. redis.sha1hex(key .. redis.sha1hex(key .. text)) .. ' ' .. text
    spoken = spoken + 1
  end
  redis.call('PUBLISH', room, text)
end
