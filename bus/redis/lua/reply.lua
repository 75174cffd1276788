-- Confirms or declines an offer.
-- KEYS offers tickets closed revisions changes counts
-- ARGV offerId ticket said
-- RETURNS done | late | foreign
-- USES time read announce offers counted
-- FLAGS allow-oom

local text = redis.call('HGET', KEY.offers, offerId)
local offer = text and cjson.decode(text)
if not offer or (offer.head ~= ticket and offer.candidate ~= ticket) then return counted('reply', 'foreign') end
local record = find(KEY.tickets, ticket)
if record and redis.call('HEXISTS', KEY.closed, 'blocked ' .. record.node) == 1 then return counted('reply', 'foreign') end
local part = offer.head == ticket and 'headReply' or 'candidateReply'
if offer[part] == said then
  counted('reply', 'doubled')
  return 'done'
end
if offer[part] ~= 'pending' or now > offer.deadline then return counted('reply', 'late') end
offer[part] = said
keepOffer(offer)
announce(offer.queue, '"kind":"' .. (said == 'confirmed' and 'CONFIRM' or 'DECLINE')
  .. '","offerId":' .. cjson.encode(offerId) .. ',"ticket":' .. cjson.encode(ticket))
return 'done'
