-- Reads a match, also one that has ended, while it is kept.
-- KEYS matches ended entries lineups
-- ARGV matchId
-- RETURNS match record entries lineup | nothing
-- USES find told
-- FLAGS no-writes

local match = findMatch(matchId)
if not match then return {} end
return told('match', match)
