-- A user goes on the wait list of a queue, being nowhere else, and is broadcast. `head`: its body as JSON up to the Elo.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions ratings history bars closed seq changes held tallies signs instants instantsDue instantsWaiting conduct lineups
-- ARGV ticket queue node boot player head elo initialElo room secret preferences data lifeMs maxWaiting move
-- RETURNS waiting body | superseded boot | present [player's number, presence]… | full waiting | removed | closed record | barred [bar]…
-- USES admit ladder stones signs lineups

-- Asked again.
local known = findInstant(ticket)
if known then return { 'waiting', known.body } end
if findTombstone(ticket) then return { 'removed' } end
local match = matchOfTicket(ticket)
for _, side in ipairs(match and match.stage ~= 'cancelled' and lineUp(match).sides or {}) do
  if side.ticket == ticket then return { 'waiting', side.body } end
end
local sign = signOf(node)
if isSuperseded(sign, boot) then return { 'superseded', sign.boot } end
local players = { player }
local refusal = refused(node, players, move)
if refusal then return refusal end
sweepInstants()
local waiting = tonumber(redis.call('HGET', KEY.instantsWaiting, queue) or 0)
if waiting >= tonumber(maxWaiting) then return { 'full', num(waiting) } end

elo = eloOf(players, elo, initialElo, 'mean')
sweepStones()
moveOut()
local record = {
  ticket = ticket, queue = queue, node = node, boot = boot, players = players, elo = elo, missedJoins = 0,
  body = '{' .. head .. ',"elo":' .. num(elo) .. '},"firstConsidered":' .. num(now) .. ',"games":' .. num(fewestGames(players)) .. '}',
  room = room, secret = secret, preferences = preferences, data = data, lifeMs = tonumber(lifeMs),
}
listInstant(record)
broadcastInstant(record)
return { 'waiting', record.body }
