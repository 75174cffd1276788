-- USES time json find
-- Lets go of what is past its keeping, a few at a time: each transition that makes something that has to go takes away more than it makes.
local MOST_SWEPT = 20

local function sweep()
  for _, what in ipairs(redis.call('ZRANGEBYSCORE', KEY.due, '-inf', num(now), 'LIMIT', 0, MOST_SWEPT)) do
    local id = string.sub(what, 3)
    redis.call('ZREM', KEY.due, what)
    if string.sub(what, 1, 1) == 't' then
      redis.call('HDEL', KEY.tombstones, id)
    else
      for _, side in ipairs(find(KEY.lineups, id) or {}) do
        if redis.call('HGET', KEY.matchOfTicket, side.ticket) == id then redis.call('HDEL', KEY.matchOfTicket, side.ticket) end
      end
      redis.call('HDEL', KEY.ended, id)
      redis.call('HDEL', KEY.entries, id)
      redis.call('HDEL', KEY.lineups, id)
    end
  end
end
