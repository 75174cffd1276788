-- Locks two tickets, or neither, and tells both. `until_` (or empty): after that it is not made any more.
-- KEYS lease generation tickets offers presences waiting held tallies seq changes counts
-- ARGV epoch generation mark queue offerId head candidate windowMs until_
-- RETURNS offer record | headTaken | candidateTaken | late | fenced
-- USES fence rooms tickets offers counted numbers

if fenced() then return { 'fenced' } end
local known = redis.call('HGET', KEY.offers, offerId)
if known and cjson.decode(known).queue == queue then
  counted('offer', 'doubled')
  return { 'offer', known }
end
if until_ ~= '' and now > tonumber(until_) then return { counted('offer', 'late') } end
local function free(id)
  local text = redis.call('HGET', KEY.tickets, id)
  local record = text and cjson.decode(text)
  if record and record.queue == queue and not record.offerId then return record end
end
local first, second = free(head), free(candidate)
if not first then return { counted('offer', 'headTaken') } end
if not second or second.state ~= 'waiting' or candidate == head then return { counted('offer', 'candidateTaken') } end

local deadline = now + windowMs
local offer = {
  offerId = offerId, queue = queue, head = head, candidate = candidate, deadline = deadline, number = nextNumber(),
  headReply = first.confirmed and 'confirmed' or 'pending', candidateReply = 'pending',
}
keepOffer(offer)
for number, record in ipairs({ first, second }) do
  record.state = 'locked'
  record.offerId = offerId
  keepTicket(record)
  place(record, 'offered', record.ticket)
  -- The head's confirmation stands for its run: it is not asked again.
  if number == 2 or not first.confirmed then
    say('waiting', record.ticket, '{' .. mark .. ',"kind":"OFFER","ticket":' .. cjson.encode(record.ticket) .. ',"offerId":'
      .. cjson.encode(offerId) .. ',"deadline":' .. num(deadline) .. ',"windowMs":' .. num(windowMs) .. '}')
  end
end
return { 'offer', cjson.encode(offer) }
