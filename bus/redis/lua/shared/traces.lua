-- USES find
-- What a ticket that is in the queue no more has left behind.

local function matchOfTicket(ticket)
  local id = redis.call('HGET', KEY.matchOfTicket, ticket)
  return id and findMatch(id) or nil
end

local function findTombstone(ticket)
  local stone = find(KEY.tombstones, ticket)
  if stone and stone.keptUntil > now then return stone end
end
