-- The names of rooms, as bus/rooms.ts has them: behind the hash tag that every key begins with.
local TAG = string.match(KEYS[1], '^.-{[^}]*}:')

local function say(kind, id, text)
  redis.call('PUBLISH', TAG .. kind .. ':' .. id, text)
end
