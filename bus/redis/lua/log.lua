-- Reads entries of a match's log, oldest first.
-- KEYS matches ended log
-- ARGV matchId from most
-- RETURNS [time entry]…
-- USES find
-- FLAGS no-writes

local first = math.max(0, from - 1)
if not findMatch(matchId) or tonumber(most) < 1 then return {} end
return redis.call('LRANGE', KEY.log, first, first + most - 1)
