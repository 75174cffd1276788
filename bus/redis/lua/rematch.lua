-- One side of an ended match asks to play once more; when both have, the match begins, sides swapped. `head`: its new body as JSON up to the Elo.
-- KEYS tickets offers matches ended matchOfTicket tombstones due presences waiting revisions entries lineups bars closed seq changes held tallies signs instants instantsDue instantsWaiting rematches rematchesDue conduct
-- ARGV matchId side node boot ticket secret head elo withinMs most ratedPerDay joinMs nextMatchId challengeRoom
-- RETURNS match record entries lineup | asked until | late | foreign | declined | most | left | superseded boot | present [player's number, presence]… | closed record | barred [bar]…
-- USES sides admit sessions rematches signs lineups told

local match = own(matchId, tonumber(side), node)
if not match then return { 'foreign' } end
local field = 'm:' .. matchId
local asks = find(KEY.rematches, field) or {}
local opened = asks.opened and findMatch(asks.opened)
if opened then return told('match', opened) end
local ends = rematchUntil(match, tonumber(withinMs))
if not ends then return { 'late' } end
if asks.declined then return { 'declined' } end
if (match.rematches or 0) >= tonumber(most) then return { 'most' } end
local sign = signOf(node)
if isSuperseded(sign, boot) then return { 'superseded', sign.boot } end
local mine, theirs = lineUp(match).sides[side + 1], match.sides[2 - side]
local refusal = refused(node, mine.players, '0')
if refusal then return refusal end
local before = asks['of' .. 1 - side]
if not before then
  if asks['of' .. side] then
    -- It may not have been heard.
    sayRematch(match, side, true, ends)
    return { 'asked', num(ends) }
  end
elseif refused(theirs.node, theirs.players, '0') then return { 'left' } end

sweepRematches()
asks['of' .. side] = {
  ticket = ticket, secret = secret, boot = boot, elo = tonumber(elo),
  body = '{' .. head .. ',"elo":' .. num(elo) .. '},"firstConsidered":' .. num(now)
    .. ',"games":' .. num(cjson.decode(mine.body).games + (match.rated and 1 or 0)) .. '}',
}
if not before then
  keepRematch(field, cjson.encode(asks), ends)
  sayRematch(match, side, true, ends)
  return { 'asked', num(ends) }
end
local records = {}
for number = 2, 1, -1 do
  local was, ask = match.sides[number], asks['of' .. number - 1]
  records[#records + 1] = {
    ticket = ask.ticket, queue = match.queue, node = was.node, boot = ask.boot, players = was.players, elo = ask.elo,
    missedJoins = 0, body = ask.body, room = '', secret = ask.secret, preferences = '', data = '', lifeMs = 0,
  }
end
local firstRated = match.rated
if match.firstRated ~= nil then firstRated = match.firstRated end
asks.opened = nextMatchId
keepRematch(field, cjson.encode(asks), ends)
return openSession({
  matchId = nextMatchId, queue = match.queue, challengeRoom = challengeRoom, how = 'rematch', rematches = (match.rematches or 0) + 1,
  firstRated = firstRated, rated = firstRated and countsToday(match, tonumber(ratedPerDay)),
}, records, joinMs)
