-- Where a ticket stands, for a node that may have missed what was said of it.
-- KEYS tickets offers matches ended matchOfTicket tombstones entries lineups
-- ARGV ticket
-- RETURNS queue time record [offer] | match record entries lineup | gone reason | unknown
-- USES json traces told
-- FLAGS no-writes

local text = redis.call('HGET', KEY.tickets, ticket)
if text then
  local offerId = cjson.decode(text).offerId
  return { 'queue', num(now), text, offerId and redis.call('HGET', KEY.offers, offerId) or nil }
end
local match = matchOfTicket(ticket)
if match and match.stage ~= 'cancelled' then
  return told('match', match)
end
local stone = findTombstone(ticket)
if stone then return { 'gone', stone.reason } end
return { 'unknown' }
