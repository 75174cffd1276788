-- A page of the tickets that Redis holds of a node's boot in a queue, in order of their ids.
-- KEYS held tickets generation store
-- ARGV node boot queue after most
-- RETURNS page generation next [ticket]… | unsettled
-- USES held store
-- FLAGS no-writes

-- Data may be lost: whoever acquires a lease next looks into it.
if redis.call('GET', KEY.store) ~= storeId() then return { 'unsettled' } end
local first = heldAs(node, queue)
local from = after == '' and '[' .. first or '(' .. first .. after
local found = redis.call('ZRANGEBYLEX', KEY.held, from, '(' .. first .. '\255', 'LIMIT', 0, most)
local full = #found == tonumber(most)
local reply = { 'page', redis.call('GET', KEY.generation) or '0', full and string.sub(found[#found], #first + 1) or '' }
for _, member in ipairs(found) do
  local id = string.sub(member, #first + 1)
  local text = redis.call('HGET', KEY.tickets, id)
  if text and cjson.decode(text).boot == boot then reply[#reply + 1] = id end
end
return reply
