-- Ends an offer: a match comes of it, or who failed is withdrawn and the other one is kept or goes back.
-- KEYS lease generation tickets offers matches ended matchOfTicket tombstones due presences waiting revisions entries lineups seasons bars closed seq changes held tallies counts conduct conductDue
-- ARGV epoch generation mark queue offerId outcome matchId challengeRoom joinMs ratedSameNode restMs restGrowth mostRestMs fadeMs
-- RETURNS settled | match record entries lineup | changed [offer] | fenced
-- USES fence find offers matches back traces sweep seasons conduct counted lineups told numbers
-- FLAGS allow-oom

if fenced() then return { 'fenced' } end
local opened = findMatch(matchId)
if opened and opened.queue == queue then
  counted('settle', 'doubled')
  return told('match', opened)
end
local offer = find(KEY.offers, offerId)
if offer and offer.queue ~= queue then offer = nil end
-- Asked again: it was settled before, and no match came of it.
if not offer and outcome ~= 'match' then
  counted('settle', 'doubled')
  return { 'settled' }
end
if not offer then return { counted('settle', 'changed') } end

local late = now > offer.deadline
local function fails(reply)
  return reply == 'declined' or reply == 'removed' or (late and reply == 'pending')
end
local headFails, candidateFails = fails(offer.headReply), fails(offer.candidateReply)
local due = headFails and candidateFails and 'bothFailed' or headFails and 'headFailed' or candidateFails and 'candidateFailed'
  or offer.headReply == 'confirmed' and offer.candidateReply == 'confirmed' and 'match'
if due ~= outcome then return { counted('settle', 'changed'), cjson.encode(offer) } end

-- Who declines, does not answer or leaves rests: longer each time, until it fades.
local function countDecline(player)
  local record = conductOf('p:' .. player)
  record.declines = math.max(0, record.declines - math.floor((now - record.declinedAt) / fadeMs)) + 1
  record.declinedAt = now
  record.restsUntil = now + math.floor(math.min(mostRestMs, restMs * restGrowth ^ (record.declines - 1)))
  record.keptUntil = math.max(record.keptUntil, record.restsUntil, now + record.declines * fadeMs)
  keepConduct('p:' .. player, record)
end
-- Who left by itself has left its players with its tombstone.
local function declined(ticket, record)
  if tonumber(restMs) == 0 then return end
  local stone = findTombstone(ticket)
  local players = record and cjson.decode(record.body).actor.members or stone and stone.players or {}
  for _, player in ipairs(players) do countDecline(player) end
end
local head, candidate = find(KEY.tickets, offer.head), find(KEY.tickets, offer.candidate)
if outcome ~= 'match' then
  local because = {
    pending = '"the offer was not answered in time"', declined = '"the offer was declined"', removed = '"removed from the queue"',
  }
  local function fail(ticket, record, reply)
    -- Whose server is blocked has no say: who could not answer is not to blame.
    local isMuted = record and reply == 'pending' and redis.call('HEXISTS', KEY.closed, 'blocked ' .. record.node) == 1
    if not isMuted then declined(ticket, record) end
    if record then withdraw(record, isMuted and keptOut(record.node, record.players) or because[reply]) end
  end
  sweep()
  dropOffer(offer)
  if headFails then fail(offer.head, head, offer.headReply)
  elseif head then
    head.offerId = nil
    head.confirmed = offer.headReply == 'confirmed'
    keepTicket(head)
  end
  if candidateFails then fail(offer.candidate, candidate, offer.candidateReply)
  elseif candidate then goBack(candidate, '"the opponent did not confirm"') end
  return { 'settled' }
end

if not head or not candidate then error('offer ' .. offerId .. ' is confirmed by a ticket that is not there') end
local deadline = now + joinMs
local match = {
  matchId = matchId, queue = queue, challengeRoom = challengeRoom, stage = 'joining', revision = 1, deadline = deadline,
  rated = (ratedSameNode == '1' or head.node ~= candidate.node) and ofSeason(head) and ofSeason(candidate),
  number = nextNumber(), sides = {},
}
local lineup = {}
for number, record in ipairs({ head, candidate }) do
  match.sides[number] = { node = record.node, boot = record.boot }
  lineup[number] = {
    ticket = record.ticket, players = record.players, elo = record.elo, missedJoins = record.missedJoins, body = record.body,
  }
end
sweep()
dropOffer(offer)
keepLineup(match, lineup)
local text = keepMatch(match)
redis.call('HSET', KEY.entries, matchId, '0 ' .. num(now))
for number, record in ipairs({ head, candidate }) do
  remove(record)
  place(record, 'playing', matchId)
  redis.call('HSET', KEY.matchOfTicket, record.ticket, matchId)
  say('waiting', record.ticket, '{' .. mark .. ',"kind":"SUCCESS","ticket":' .. cjson.encode(record.ticket) .. ',"matchId":'
    .. cjson.encode(matchId) .. ',"challengeRoom":' .. cjson.encode(challengeRoom) .. ',"side":' .. num(number - 1)
    .. ',"deadline":' .. num(deadline) .. '}')
end
return told('match', match, text)
