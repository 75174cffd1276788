-- Removes an actor's ticket, at every stage until BEGIN.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions closed seq changes held tallies
-- ARGV node ticket
-- RETURNS nothing | queued | offered | joining | PLAYING
-- USES traces depart sides
-- FLAGS allow-oom

local record = find(KEY.tickets, ticket)
if record then
  if record.node ~= node then return 'nothing' end
  return depart(record)
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
