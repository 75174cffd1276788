-- A ticket takes its place in a queue, all its players being nowhere else, or moved here from where they wait.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions ratings history bars closed seq changes held tallies signs generation instants instantsDue instantsWaiting counts conduct lineups
-- ARGV ticket queue node boot players members head elo initialElo partyElo maxWaiting move first under lastElo
-- RETURNS entered body | superseded boot | stale | present [player's number, presence]… | full waiting | removed | closed record | barred [bar]…
-- USES admit ladder stones signs counted lineups

local known = find(KEY.tickets, ticket)
if known then
  counted('enter', 'doubled')
  return { 'entered', known.body }
end
if findTombstone(ticket) then
  counted('enter', 'late')
  return { 'removed' }
end
-- Asked again, and matched meanwhile.
local match = matchOfTicket(ticket)
for _, side in ipairs(match and lineUp(match).sides or {}) do
  if side.ticket == ticket then
    counted('enter', 'doubled')
    return { 'entered', side.body }
  end
end
local sign = signOf(node)
if isSuperseded(sign, boot) then return { 'superseded', sign.boot } end
-- A ticket that the bus has lost: it was there under an earlier generation, and is of a boot that is known and older than it.
local again = first ~= ''
local since = tonumber(first) or now
if again then
  local before = tonumber(under) < tonumber(redis.call('GET', KEY.generation) or 0)
  if not before or not sign or sign.boot ~= boot or since < sign.since or since > now then return { 'stale' } end
end

players = cjson.decode(players)
local refusal = refused(node, players, move)
if refusal then return refusal end
local waiting = tonumber(redis.call('HGET', KEY.waiting, queue) or 0)
if waiting >= tonumber(maxWaiting) and not again then return { 'full', num(waiting) } end

members = cjson.decode(members)
-- A ladder of nobody is lost; in another one, that may have lost what was played last, whoever is not in it has not played.
local initial = again and redis.call('ZCARD', KEY.ratings) == 0 and lastElo or initialElo
elo = eloOf(members, elo, initial, partyElo)
local body = '{' .. head .. ',"elo":' .. num(elo) .. '},"firstConsidered":' .. num(since) .. ',"games":' .. num(fewestGames(members)) .. '}'

sweepStones()
moveOut()
putBack({ ticket = ticket, queue = queue, node = node, boot = boot, players = players, elo = elo, missedJoins = 0, body = body })
announce(queue, '"kind":"ENTERED","entry":' .. body)
return { 'entered', body }
