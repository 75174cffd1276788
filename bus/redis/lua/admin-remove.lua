-- Removes a ticket by the owner's command, in every stage until BEGIN. `whom`: the ticket, its actor or one of its players. `reason` is JSON.
-- KEYS lease generation answers answersDue incidents incidentOrder tickets offers matches ended matchOfTicket tombstones due presences waiting revisions entries lineups closed seq changes held tallies instants instantsDue instantsWaiting
-- ARGV epoch generation mark queue id who expiresAt whom reason
-- RETURNS answer text | fenced
-- USES orders expel traces sides
-- FLAGS allow-oom

local early = before()
if early then return early end
local record, match, instant = find(KEY.tickets, whom), nil, findInstant(whom)
if not record and not instant then
  record, match, instant = whereIs(whom)
  match = match or matchOfTicket(whom)
end
local detail = cjson.decode('[' .. reason .. ']')[1]
if record and record.queue == queue then
  expel(record, reason)
  local actor = cjson.decode(record.body).actor.id
  local from = record.state == 'waiting' and 'queued' or 'offered'
  return done('removed from the queue, ' .. from, { queue = queue, actors = { actor }, nodes = { record.node }, detail = detail })
end
if instant and instant.queue == queue then
  expelInstant(instant, reason)
  local actor = cjson.decode(instant.body).actor.id
  return done('removed from the wait list', { queue = queue, actors = { actor }, nodes = { instant.node }, detail = detail })
end
if not match or match.queue ~= queue then return refuse('nowhere in this queue') end
if match.stage ~= 'joining' then
  local ended = match.stage == 'closed' or match.stage == 'cancelled' or match.stage == 'void' or match.stage == 'rated'
  return refuse(ended and 'nowhere in this queue' or 'its battle has begun: void the match instead')
end
for number, side in ipairs(lineUp(match).sides) do
  local is = side.ticket == whom
  for _, player in ipairs(side.players) do is = is or player == whom end
  if is then
    local says = ofMatch(match, { detail = detail, against = number - 1 })
    if not side.left then
      side.left = true
      changeSide(match, number - 1, 'LEFT_MATCH')
    end
    return done('removed from a match that had not begun', says)
  end
end
return refuse('nowhere in this queue')
