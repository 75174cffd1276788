-- A user still waits, and is broadcast once more: some may not have heard it.
-- KEYS tickets matches ended matchOfTicket tombstones due presences waiting entries lineups bars closed conduct seq changes held tallies signs instants instantsDue instantsWaiting
-- ARGV ticket node boot
-- RETURNS list | match record entries | gone reason | unknown
-- USES stays
-- FLAGS allow-oom

local elsewhere, record = standingInstant(ticket, node, boot)
if elsewhere then return elsewhere end
listInstant(record)
broadcastInstant(record)
return { 'list' }
