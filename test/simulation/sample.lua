-- One look at all records of a realm, in one moment: what of them cannot be, and what the samples before and after are compared with.
-- KEYS any key of the realm
-- ARGV queue…
-- RETURNS JSON { problems, epochs, leases, now, tickets, matches, offers }
local TAG = string.match(KEYS[1], '^{[^}]*}') .. ':'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local problems = {}
local function wrong(...)
  if #problems < 20 then problems[#problems + 1] = table.concat({ ... }, ' ') end
end
local function all(name)
  local found, flat = {}, redis.call('HGETALL', TAG .. name)
  for number = 1, #flat, 2 do found[flat[number]] = flat[number + 1] end
  return found
end
local function records(name)
  local found = all(name)
  for id, text in pairs(found) do found[id] = cjson.decode(text) end
  return found
end
local tickets, offers, matches, ended = records('tickets'), records('offers'), records('matches'), records('ended')
local presences, tombstones, instants, lineups = records('presences'), records('tombstones'), records('instants'), records('lineups')

-- Where each player is by the records: at most one place, and the presence says the same.
local places = {}
local function stands(player, place, of)
  if places[player] then wrong(player, 'is in two places:', places[player], 'and', place .. ' ' .. of) end
  places[player] = place .. ' ' .. of
end
local PLAYING = { joining = true, teams = true, validating = true, battle = true }
for id, ticket in pairs(tickets) do
  for _, player in ipairs(ticket.players) do stands(player, ticket.state == 'locked' and 'offered' or 'queued', id) end
end
for id, match in pairs(matches) do
  if PLAYING[match.stage] then
    if not lineups[id] then wrong('nobody is known to play match', id) end
    for _, side in ipairs(lineups[id] or {}) do
      for _, player in ipairs(side.players) do stands(player, 'playing', id) end
    end
  end
end
-- Who waits for an instant match; one that is past its time is somewhere as long as the presence says so.
local requests = {}
for id, request in pairs(instants) do
  requests[request.queue] = (requests[request.queue] or 0) + 1
  if tombstones[id] then wrong('request', id, 'was removed and is there') end
  for _, player in ipairs(request.players) do
    local presence = presences[player]
    if request.expiresAt > now or presence and presence.of == id then stands(player, 'instant', id) end
  end
end
for queue, count in pairs(all('instantsWaiting')) do
  if tonumber(count) ~= (requests[queue] or 0) then wrong(queue, 'counts', count, 'requests, not', requests[queue] or 0) end
end
for player, presence in pairs(presences) do
  local says = presence.place .. ' ' .. presence.of
  if places[player] ~= says then wrong(player, 'is said to be', says, 'and is', places[player] or 'nowhere') end
end
for player, place in pairs(places) do
  if not presences[player] then wrong(player, 'is', place, 'and no presence says so') end
end

-- Tickets and offers name each other; a side that was removed is in its offer only.
local waiting = {}
for id, ticket in pairs(tickets) do
  waiting[ticket.queue] = (waiting[ticket.queue] or 0) + 1
  local offer = ticket.offerId and offers[ticket.offerId]
  if ticket.offerId and not offer then wrong('ticket', id, 'is in an offer that is not there') end
  if offer and offer.head ~= id and offer.candidate ~= id then wrong('ticket', id, 'is in an offer of others') end
  if ticket.state == 'waiting' and ticket.offerId then wrong('ticket', id, 'waits and is in an offer') end
  if tombstones[id] then wrong('ticket', id, 'was removed and is there') end
end
for id, offer in pairs(offers) do
  for part, reply in pairs({ head = offer.headReply, candidate = offer.candidateReply }) do
    local ticket = tickets[offer[part]]
    if reply ~= 'removed' and not (ticket and ticket.offerId == id) then wrong('offer', id, 'is of a', part, 'that does not know it') end
  end
end
for queue, count in pairs(all('waiting')) do
  if tonumber(count) ~= (waiting[queue] or 0) then wrong(queue, 'counts', count, 'waiting, not', waiting[queue] or 0) end
end

-- What has ended is kept for a while, and something will take it away.
local due = {}
local flat = redis.call('ZRANGE', TAG .. 'due', 0, -1, 'WITHSCORES')
for number = 1, #flat, 2 do due[flat[number]] = tonumber(flat[number + 1]) end
local ENDS = { closed = true, cancelled = true, void = true }
for id, match in pairs(ended) do
  if not ENDS[match.stage] then wrong('match', id, 'has ended in stage', match.stage) end
  if matches[id] then wrong('match', id, 'is open and has ended') end
  if due['m:' .. id] ~= match.keptUntil then wrong('match', id, 'has ended, and nothing takes it away') end
end
for id, stone in pairs(tombstones) do
  if due['t:' .. id] ~= stone.keptUntil then wrong('tombstone', id, 'is there, and nothing takes it away') end
end
for what in pairs(due) do
  local id = string.sub(what, 3)
  local kind = string.sub(what, 1, 2)
  if kind == 'm:' and not ended[id] or kind == 't:' and not tombstones[id] then wrong(what, 'is due, and is not there') end
end
for id, match in pairs(matches) do
  if ENDS[match.stage] then wrong('match', id, 'is open in stage', match.stage) end
end
for ticket, id in pairs(all('matchOfTicket')) do
  if not matches[id] and not ended[id] then wrong('ticket', ticket, 'became a match that is not there') end
end
for id in pairs(lineups) do
  if not matches[id] and not ended[id] then wrong('the lineup', id, 'is of no match') end
end
for id in pairs(all('entries')) do
  if not matches[id] and not ended[id] then wrong('the log', id, 'is of no match') end
end

-- Ratings, and who leads.
local epochs, leases = {}, {}
for _, queue in ipairs(ARGV) do
  local sum, count = 0, 0
  local ratings = redis.call('ZRANGE', TAG .. 'ratings:' .. queue, 0, -1, 'WITHSCORES')
  for number = 2, #ratings, 2 do sum, count = sum + tonumber(ratings[number]), count + 1 end
  if sum ~= 1000 * count then wrong('the ratings of', queue, 'sum up to', sum, 'for', count, 'players who began with 1000') end
  local epoch, lease = redis.call('GET', TAG .. 'epoch:' .. queue), redis.call('GET', TAG .. 'lease:' .. queue)
  epochs[queue], leases[queue] = tonumber(epoch or 0), lease or ''
  if lease and string.match(lease, '^%d+') ~= epoch then wrong('the lease', lease, 'is not of the newest epoch', epoch or 'none') end
  -- In the stream of everything that is said: who leads from here on.
  redis.call('PUBLISH', TAG .. 'sampled:' .. queue, epoch or '0')
end

local open = {}
for id, ticket in pairs(tickets) do
  open[#open + 1] = { ticket = id, queue = ticket.queue, node = ticket.node, state = ticket.state, offerId = ticket.offerId,
    first = cjson.decode(ticket.body).firstConsidered, player = ticket.players[1] }
end
local asking = {}
for id, request in pairs(instants) do
  if request.expiresAt > now then
    asking[#asking + 1] = { ticket = id, node = request.node, player = request.players[1] }
  end
end
local playing = {}
for id, match in pairs(matches) do
  playing[#playing + 1] = { matchId = id, stage = match.stage, deadline = match.deadline,
    nodes = { match.sides[1].node, match.sides[2].node },
    taken = { match.sides[1].eloTaken or false, match.sides[2].eloTaken or false } }
end
local offered = {}
for id, offer in pairs(offers) do offered[#offered + 1] = { offerId = id, deadline = offer.deadline } end
return cjson.encode({ problems = problems, epochs = epochs, leases = leases, now = now, tickets = open, requests = asking, matches = playing,
  offers = offered })
