-- A user still waits: the node says so, and learns where the user stands.
-- KEYS tickets matches ended matchOfTicket tombstones due presences waiting entries lineups bars closed conduct seq changes held tallies signs instants instantsDue instantsWaiting
-- ARGV ticket node boot
-- RETURNS list | match record entries | gone reason | unknown
-- USES stays
-- FLAGS allow-oom

local elsewhere, record = standingInstant(ticket, node, boot)
if elsewhere then return elsewhere end
sweepInstants()
local wasUnseen = record.expiresAt <= now
listInstant(record)
if wasUnseen then broadcastInstant(record) end
return { 'list' }
