-- Reads a match, also one that has ended, while it is kept.
-- KEYS matches ended entries
-- ARGV matchId
-- RETURNS record entries | nothing
-- USES find
-- FLAGS no-writes

local match = findMatch(matchId)
if not match then return {} end
return { cjson.encode(match), redis.call('HGET', KEY.entries, matchId) }
