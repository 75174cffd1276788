-- Where players are.

-- These players are here now. `of`: the ticket or match that it is true of.
local function place(record, where, of)
  local presence = cjson.encode({ place = where, of = of, queue = record.queue, node = record.node, boot = record.boot })
  for _, player in ipairs(record.players) do redis.call('HSET', KEY.presences, player, presence) end
end

-- Takes the players away from a ticket or match; one that is elsewhere by now stays there.
local function unplace(players, of)
  for _, player in ipairs(players) do
    local text = redis.call('HGET', KEY.presences, player)
    if text and cjson.decode(text).of == of then redis.call('HDEL', KEY.presences, player) end
  end
end

local function freePlayers(match)
  for _, side in ipairs(match.sides) do unplace(side.players, match.matchId) end
end
