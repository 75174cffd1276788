-- Removes an actor's ticket, at every stage until BEGIN.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions closed seq changes
-- ARGV node ticket
-- RETURNS nothing | queued | offered | joining | PLAYING
-- USES traces tickets offers sides
-- FLAGS allow-oom

local record = find(KEY.tickets, ticket)
if record then
  if record.node ~= node then return 'nothing' end
  local removed = record.state == 'waiting' and 'queued' or 'offered'
  takeOut(record)
  entomb(ticket, removed, node)
  local offer = record.offerId and find(KEY.offers, record.offerId)
  if offer then
    offer[offer.head == ticket and 'headReply' or 'candidateReply'] = 'removed'
    keepOffer(offer)
  end
  announce(record.queue, '"kind":"LEFT","ticket":' .. cjson.encode(ticket))
  return removed
end

local before = findTombstone(ticket)
if before and before.node == node then return before.removed end
local match = matchOfTicket(ticket)
for number, side in ipairs(match and match.sides or {}) do
  if side.ticket == ticket and side.node == node then
    if match.stage == 'joining' then
      if not side.left then
        side.left = true
        changeSide(match, number - 1, 'LEFT_MATCH')
      end
      return 'joining'
    end
    local open = match.stage == 'teams' or match.stage == 'validating' or match.stage == 'battle'
    return open and 'PLAYING' or 'nothing'
  end
end
return 'nothing'
