-- USES read withdraw offers announce instants
-- A ticket leaves the queue by the owner's word, whatever it is part of; its room and its leader are told. `reason` is JSON.
local function expel(record, reason)
  local offer = record.offerId and find(KEY.offers, record.offerId)
  withdraw(record, reason)
  if offer then
    offer[offer.head == record.ticket and 'headReply' or 'candidateReply'] = 'removed'
    keepOffer(offer)
  end
  announce(record.queue, '"kind":"LEFT","ticket":' .. cjson.encode(record.ticket))
end

-- A user leaves the wait list of instant matches by the owner's word. `reason` is JSON.
local function expelInstant(record, reason)
  dropInstant(record)
  entomb(record.ticket, reason)
  say('INSTANT_MATCH', record.secret, '{' .. mark .. ',"kind":"WITHDRAWN","ticket":' .. cjson.encode(record.ticket)
    .. ',"reason":' .. reason .. '}')
end

-- Where somebody is: the ticket, the open match, or the user who waits for an instant match.
local function whereIs(player)
  local presence = find(KEY.presences, player)
  if not presence then return end
  return find(KEY.tickets, presence.of), find(KEY.matches, presence.of), findInstant(presence.of)
end
