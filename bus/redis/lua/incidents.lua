-- One page of incidents, newest first, those with numbers below `below` (empty: all).
-- KEYS incidents incidentOrder
-- ARGV below most
-- RETURNS [record]…
-- FLAGS no-writes

local found = redis.call('ZREVRANGEBYSCORE', KEY.incidentOrder, below == '' and '+inf' or '(' .. below, '-inf', 'LIMIT', 0, most)
local records = {}
for number, id in ipairs(found) do records[number] = redis.call('HGET', KEY.incidents, id) end
return records
