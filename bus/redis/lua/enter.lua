-- A ticket takes its place in a queue, all its players being nowhere else.
-- KEYS tickets matches ended matchOfTicket tombstones due presences waiting revisions ratings bars closed seq changes held tallies signs generation counts conduct
-- ARGV ticket queue node boot players members head elo initialElo partyElo maxWaiting first under
-- RETURNS entered body | superseded boot | stale | present [player's number, presence]… | full waiting | removed | closed record | barred [bar]…
-- USES traces announce tickets stones signs bars counted

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
for _, side in ipairs(match and match.sides or {}) do
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

for _, how in ipairs({ 'blocked', 'drained', 'barred' }) do
  local record = redis.call('HGET', KEY.closed, how .. ' ' .. node)
  local ends = record and cjson.decode(record)['until']
  if record and (not ends or ends > now) then return { 'closed', record } end
end
players = cjson.decode(players)
local barred = { 'barred' }
for _, player in ipairs(players) do
  local bar = redis.call('HGET', KEY.bars, player)
  local ends = bar and cjson.decode(bar)['until']
  if bar and (not ends or ends > now) then barred[#barred + 1] = bar end
  for _, each in ipairs(barsOf(player)) do barred[#barred + 1] = each end
end
if #barred > 1 then return barred end
local present = { 'present' }
for number, player in ipairs(players) do
  local text = redis.call('HGET', KEY.presences, player)
  local presence = text and cjson.decode(text)
  -- A presence that points to no record counts for nothing.
  if presence and (find(KEY.tickets, presence.of) or findMatch(presence.of)) then
    present[#present + 1] = num(number - 1)
    present[#present + 1] = text
  end
end
if #present > 1 then return present end
local waiting = tonumber(redis.call('HGET', KEY.waiting, queue) or 0)
if waiting >= tonumber(maxWaiting) and not again then return { 'full', num(waiting) } end

-- In 64ths: sums and differences of Elos are exact.
local function exact(value)
  return math.floor(value * 64 + 0.5) / 64
end
members = cjson.decode(members)
if elo == '' then
  local sum, highest = 0, nil
  for _, player in ipairs(members) do
    local rating = tonumber(redis.call('ZSCORE', KEY.ratings, player) or initialElo)
    sum = sum + rating
    highest = math.max(highest or rating, rating)
  end
  elo = partyElo == 'max' and highest or sum / #members
end
elo = exact(tonumber(elo))
local body = '{' .. head .. ',"elo":' .. num(elo) .. '},"firstConsidered":' .. num(since) .. '}'

sweepStones()
putBack({ ticket = ticket, queue = queue, node = node, boot = boot, players = players, elo = elo, missedJoins = 0, body = body })
announce(queue, '"kind":"ENTERED","entry":' .. body)
return { 'entered', body }
