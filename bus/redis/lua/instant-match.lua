-- Claims a match: `matchedTicket`, which is the node's own, with `ticket`. The first one wins.
-- KEYS tickets matches ended matchOfTicket tombstones presences waiting revisions entries lineups closed seq changes held tallies instants instantsDue instantsWaiting
-- ARGV ticket matchedTicket node matchId challengeRoom joinMs rated sameNode pairRestMs
-- RETURNS match record entries lineup | taken | own | unfit | foreign
-- USES traces instants sessions lineups told

local other, own = findInstant(ticket), findInstant(matchedTicket)
if not own or not other then
  -- Claimed before, from this end or the other one.
  local match = matchOfTicket(matchedTicket)
  local mine, theirs
  for _, side in ipairs(match and match.stage ~= 'cancelled' and lineUp(match).sides or {}) do
    mine = mine or (side.ticket == matchedTicket and side.node == node)
    theirs = theirs or side.ticket == ticket
  end
  if mine and theirs then return told('match', match) end
end
if not own then return { 'own' } end
if own.node ~= node or ticket == matchedTicket or redis.call('HEXISTS', KEY.closed, 'blocked ' .. node) == 1 then return { 'foreign' } end
if not other then return { 'taken' } end
if other.queue ~= own.queue then return { 'foreign' } end

local one, two = cjson.decode(other.body), cjson.decode(own.body)
local function blocks(by, whom)
  for _, blocked in ipairs(by.actor.blocks) do
    if blocked == whom.actor.id then return true end
  end
end
local function rests(record, from)
  return record.avoided == from.ticket and record.avoidedUntil > now
end
if one.ruleset ~= two.ruleset or blocks(one, two) or blocks(two, one) or rests(other, own) or rests(own, other)
  or (sameNode ~= '1' and other.node == own.node) then
  return { 'unfit' }
end
dropInstant(other)
dropInstant(own)
return openSession({
  matchId = matchId, queue = own.queue, challengeRoom = challengeRoom, rated = rated == '1', how = 'instant',
  pairRestMs = tonumber(pairRestMs),
}, { other, own }, joinMs)
