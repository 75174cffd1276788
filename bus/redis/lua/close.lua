-- The end of a match whose Elo everybody has, or has had the time to take.
-- KEYS lease generation matches ended matchOfTicket tombstones due entries lineups changes counts seats parts log
-- ARGV epoch generation mark queue matchId revision knows
-- RETURNS moved record entries lineup | changed [record entries lineup] | fenced
-- USES steps sweep ended
-- FLAGS allow-oom

local match, instead = stepFrom('rated')
if not match then return instead end
isNow(match, 'closed', now)
sweep()
return moved(endMatch(match))
