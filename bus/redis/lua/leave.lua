-- Removes an actor's ticket, at every stage until BEGIN.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions closed seq changes held tallies counts
-- ARGV node ticket
-- RETURNS nothing | queued | offered | joining | PLAYING
-- USES traces depart sides counted
-- FLAGS allow-oom

local record = find(KEY.tickets, ticket)
if record then
  if record.node ~= node then
    counted('leave', 'foreign')
    return 'nothing'
  end
  return depart(record)
end

local before = findTombstone(ticket)
if before and before.node == node then
  counted('leave', 'doubled')
  return before.removed
end
local match = matchOfTicket(ticket)
for number, side in ipairs(match and match.sides or {}) do
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
