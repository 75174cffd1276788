-- Removes an actor's ticket, or a user who waits for an instant match, at every stage until BEGIN.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions closed seq changes held tallies instants instantsDue instantsWaiting counts lineups
-- ARGV node ticket
-- RETURNS nothing | queued | offered | instant | joining | PLAYING
-- USES traces depart sides instants counted tombs lineups
-- FLAGS allow-oom

local record = find(KEY.tickets, ticket)
if record then
  if record.node ~= node then
    counted('leave', 'foreign')
    return 'nothing'
  end
  return depart(record)
end
local instant = find(KEY.instants, ticket)
if instant then
  if instant.node ~= node then
    counted('leave', 'foreign')
    return 'nothing'
  end
  dropInstant(instant)
  entomb(ticket, '"removed from the wait list"', 'instant', node)
  return 'instant'
end

local before = findTombstone(ticket)
if before and before.node == node then
  counted('leave', 'doubled')
  return before.removed
end
local match = matchOfTicket(ticket)
for number, side in ipairs(match and lineUp(match).sides or {}) do
  if side.ticket == ticket and side.node == node then
    if match.stage == 'joining' then
      if side.left then
        counted('leave', 'doubled')
      else
        side.left = true
        changeSide(match, number - 1, 'LEFT_MATCH')
      end
      return 'joining'
    end
    counted('leave', 'late')
    local open = match.stage == 'teams' or match.stage == 'validating' or match.stage == 'battle'
    return open and 'PLAYING' or 'nothing'
  end
end
counted('leave', 'foreign')
return 'nothing'
