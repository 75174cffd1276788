-- Where a player is, and whether it is barred.
-- KEYS presences tickets matches bars instants conduct
-- ARGV player
-- RETURNS presence bar (empty where there is none)
-- USES read time bars
-- FLAGS no-writes

local presence = find(KEY.presences, player)
local is = presence and (find(KEY.tickets, presence.of) or find(KEY.matches, presence.of))
local instant = presence and find(KEY.instants, presence.of)
if instant and instant.expiresAt > now then is = instant end
return { is and redis.call('HGET', KEY.presences, player) or '', redis.call('HGET', KEY.bars, player) or barsOf(player)[1] or '' }
