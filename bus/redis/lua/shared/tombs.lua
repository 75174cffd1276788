-- USES time json
-- ARGV keptTicketsMs
-- What became of a ticket that is gone is kept for a while: it cannot be added again meanwhile.

-- `reason` (as JSON): why it is gone. `removed`, `node`: what `leave` of which node removed it from, to be said again when it is asked again.
-- `players`: who left an offer by that.
local function entomb(ticket, reason, removed, node, players)
  local keptUntil = now + tonumber(keptTicketsMs)
  redis.call('HSET', KEY.tombstones, ticket, cjson.encode({
    keptUntil = keptUntil, reason = reason, removed = removed or 'nothing', node = node, players = players,
  }))
  redis.call('ZADD', KEY.due, num(keptUntil), 't:' .. ticket)
end
