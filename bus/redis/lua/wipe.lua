-- Removes a silent node's tickets from the leader's queue, some at a time, unless it gave a sign of life at `since` or later.
-- KEYS lease generation signs tickets offers held tallies tombstones due presences waiting revisions seq changes
-- ARGV epoch generation mark queue node since
-- RETURNS wiped more [ticket]… | alive | fenced
-- USES fence signs depart
-- FLAGS allow-oom

if fenced() then return { 'fenced' } end
local sign, isAhead = currentSign(node)
-- No answer is from the future.
if sign and not isAhead and not sign.gone and sign.at >= tonumber(since) then return { 'alive' } end
return { 'wiped', unpack(departAll(node, queue)) }
