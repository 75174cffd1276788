-- Where a ticket stands, for a node that may have missed what was said of it.
-- KEYS tickets offers matches ended matchOfTicket tombstones entries
-- ARGV ticket
-- RETURNS queue time record [offer] | match record entries | gone reason | unknown
-- USES json traces
-- FLAGS no-writes

local text = redis.call('HGET', KEY.tickets, ticket)
if text then
  local offerId = cjson.decode(text).offerId
  return { 'queue', num(now), text, offerId and redis.call('HGET', KEY.offers, offerId) or nil }
end
local match = matchOfTicket(ticket)
if match and match.stage ~= 'cancelled' then
  return { 'match', cjson.encode(match), redis.call('HGET', KEY.entries, match.matchId) }
end
local stone = findTombstone(ticket)
if stone then return { 'gone', stone.reason } end
return { 'unknown' }
