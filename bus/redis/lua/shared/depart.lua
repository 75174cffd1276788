-- USES tickets offers announce tombs readable
-- A ticket leaves the queue by its node's will, or because the node is gone. Answers what it was removed from.

-- `reason` is JSON.
local function depart(record, reason)
  local removed = record.state == 'waiting' and 'queued' or 'offered'
  takeOut(record)
  local players = not reason and record.offerId and cjson.decode(record.body).actor.members or nil
  entomb(record.ticket, reason or '"removed from the queue"', removed, record.node, players)
  local offer = record.offerId and redis.call('HGET', KEY.offers, record.offerId)
  if offer then
    offer = cjson.decode(offer)
    offer[offer.head == record.ticket and 'headReply' or 'candidateReply'] = 'removed'
    keepOffer(offer)
  end
  announce(record.queue, '"kind":"LEFT","ticket":' .. cjson.encode(record.ticket))
  return removed
end

-- Every ticket of a node departs, in one queue or in all, but not those of the boot `except`; so many in one go as do not hold Redis up.
-- Answers whether there are more (1), and their ids.
local MOST_DEPARTED = 1000
local function departAll(node, queue, except)
  local first = heldAs(node, queue)
  local reply = { '0' }
  for _, member in ipairs(redis.call('ZRANGEBYLEX', KEY.held, '[' .. first, '(' .. first .. '\255')) do
    local id = string.match(string.sub(member, #heldAs(node) + 1), '^[^:]*:(.*)$')
    local text = redis.call('HGET', KEY.tickets, id)
    local record = text and readable(text)
    if record and record.ticket == id and record.boot ~= except then
      if #reply > MOST_DEPARTED then
        reply[1] = '1'
        return reply
      end
      depart(record, '"its server was gone"')
      reply[#reply + 1] = id
    end
  end
  return reply
end
