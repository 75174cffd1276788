-- A step of a match, decided on the record's revision.
-- KEYS lease generation tickets matches ended matchOfTicket tombstones due presences waiting revisions ratings history seasons incidents incidentOrder parts log entries seq changes held tallies signs instants instantsDue instantsWaiting counts conduct conductDue closed seats
-- ARGV epoch generation mark queue matchId revision to windowMs seed floor score delta failed late reason detail against idleSince silent silenceMs voidMax voidNodeMax voidWindowMs voidBarMs voidWhy voidNodeWhy keptResults initialElo partyElo
-- RETURNS moved record entries [ticket]… | changed [record entries] | fenced
-- USES fence announce tickets matches log sweep ended incidents seasons signs returns counted voids ladder tombs
-- FLAGS allow-oom
local MOST_MISSED_JOINS = 2
local FROM = {
  teams = 'joining', cancelled = 'joining', validating = 'teams', battle = 'validating', rated = 'battle', closed = 'rated',
  void = 'teams validating battle',
}
local NEEDS = { teams = 'joined', validating = 'teamIn', battle = 'valid' }

if fenced() then return { 'fenced' } end
local match = findMatch(matchId)
if not match or match.queue ~= queue then return { counted('advance', 'changed') } end
local entries = redis.call('HGET', KEY.entries, matchId)
local turns, lastEntryAt = string.match(entries, '^(%d+) (%d+)$')
turns = tonumber(turns)

-- A step whose stage is not complete: both sides have to have done their part.
local function premature()
  local part = NEEDS[to]
  return part and not (match.sides[1][part] and match.sides[2][part])
end
-- A step that a deadline is the reason of, by the leader's clock, and that the bus's own clock does not allow yet.
local function early()
  local past = now > match.deadline
  if to == 'cancelled' then return late == '1' and not past end
  if to ~= 'void' then return false end
  if silent ~= '' then
    for number, side in ipairs(match.sides) do
      if string.find(silent, num(number - 1), 1, true) and not isSilent(side, tonumber(silenceMs)) then return true end
    end
    return false
  end
  if idleSince ~= '' then return lastEntryAt ~= idleSince end
  return reason == '"TimeoutError"' and match.stage ~= 'battle' and not past
end
if match.revision ~= tonumber(revision) or not string.find(FROM[to], match.stage, 1, true) or premature() or early() then
  return { counted('advance', 'changed'), cjson.encode(match), entries }
end

local id = cjson.encode(matchId)
local function log(kind, parts)
  turns = turns + 1
  write(match, turns, mark .. ',"kind":"' .. kind .. '","matchId":' .. id .. parts)
end
-- Each member changes by the side's change, from the rating that was played with where the side is one player.
local function rate(side, change, game)
  local members = cjson.decode(side.body).actor.members
  for _, player in ipairs(members) do
    local old = #members > 1 and tonumber(redis.call('ZSCORE', KEY.ratings, player)) or side.elo
    local new = old + change
    if #members > 1 then new = math.max(math.min(old, tonumber(floor)), new) end
    redis.call('ZADD', KEY.ratings, num(new), player)
    local changes = ',"old":' .. num(old) .. ',"new":' .. num(new) .. ',"delta":' .. num(new - old)
    recordGame(player, game .. changes .. '}', tonumber(keptResults))
  end
end

local reply = { 'moved', '', '' }
local steps = {}
function steps.teams()
  local opponents = {}
  for number, side in ipairs(match.sides) do
    local actor = cjson.decode(side.body).actor
    opponents[number] = cjson.encode({ id = actor.id, name = actor.name, members = actor.members, elo = side.elo, node = side.node })
  end
  log('BEGIN', ',"sides":[' .. opponents[1] .. ',' .. opponents[2] .. '],"rated":' .. tostring(match.rated))
  for _, side in ipairs(match.sides) do entomb(side.ticket, '"in a battle"') end
end
function steps.validating()
  for side = 0, 1 do
    log('TEAM', ',"side":' .. side .. ',"data":' .. redis.call('HGET', KEY.parts, 'team' .. side))
  end
end
function steps.battle()
  log('START', ',"seed":' .. seed)
end
function steps.rated()
  local sides = {}
  -- A season has begun meanwhile: what began before it changes nothing of it.
  local counts = ofSeason(match.sides[1]) and ofSeason(match.sides[2])
  -- Where the ladder alone rates, nobody brings an Elo along.
  for _, side in ipairs(initialElo ~= '' and match.sides or {}) do
    counts = counts and side.elo == eloOf(cjson.decode(side.body).actor.members, '', initialElo, partyElo)
  end
  for number, side in ipairs(match.sides) do
    local change = not counts and 0 or number == 1 and tonumber(delta) or -tonumber(delta)
    sides[number] = '{"old":' .. num(side.elo) .. ',"new":' .. num(side.elo + change) .. ',"delta":' .. num(change) .. '}'
    local result = score == '0.5' and 'drawn' or (score == '1') == (number == 1) and 'won' or 'lost'
    local against = cjson.encode(cjson.decode(match.sides[3 - number].body).actor.id)
    local game = '{"at":' .. num(now) .. ',"matchId":' .. id .. ',"opponent":' .. against .. ',"result":"' .. result .. '"'
    if match.rated and counts then rate(side, change, game) end
  end
  local winner = score == '1' and '0' or score == '0' and '1' or '"draw"'
  log('ELO', ',"winner":' .. winner .. ',"sides":[' .. sides[1] .. ',' .. sides[2] .. ']')
  freePlayers(match)
end
function steps.closed() end
function steps.void()
  incident(ofMatch(match, {
    id = 'void:' .. matchId, kind = cjson.decode('[' .. reason .. ']')[1], detail = cjson.decode('[' .. detail .. ']')[1],
    against = tonumber(against),
  }))
  if reason ~= '"StoreLost"' then countVoids(match, tonumber(against), silent ~= '') end
  log('VOID', ',"reason":' .. reason .. ',"detail":' .. detail)
  freePlayers(match)
end
function steps.cancelled()
  freePlayers(match)
  if match.how then return cancelSession(match, failed, MOST_MISSED_JOINS) end
  for number, side in ipairs(match.sides) do
    local fails = string.find(failed, num(number - 1), 1, true)
    local missedJoins = fails and side.missedJoins + 1 or 0
    -- A server that began anew or is gone has nobody to go back.
    local sign = signOf(side.node)
    local returns = not side.left and missedJoins < MOST_MISSED_JOINS and not (sign and (sign.boot ~= side.boot or sign.gone))
    local because = side.left and '"removed"' or fails and '"did not enter the challenge room in time"'
      or '"the opponent did not come"'
    if returns then
      local record = {
        ticket = side.ticket, queue = queue, node = side.node, boot = side.boot, players = side.players, elo = side.elo,
        missedJoins = missedJoins, body = side.body,
      }
      putBack(record)
      reply[#reply + 1] = cjson.encode(record)
      announce(queue, '"kind":"ENTERED","entry":' .. record.body)
    else
      entomb(side.ticket, because)
    end
    say('waiting', side.ticket, '{' .. mark .. ',"kind":"CANCELLED","ticket":' .. cjson.encode(side.ticket) .. ',"matchId":' .. id
      .. ',"back":' .. tostring(returns) .. ',"reason":' .. because .. '}')
  end
end

steps[to]()
if to == 'teams' then seat('o', match) end
if to == 'rated' then
  unseat('o', match)
  seat('e', match)
end
match.stage = to
match.revision = match.revision + 1
local ends = to == 'closed' or to == 'void' or to == 'cancelled'
match.deadline = ends and now or now + windowMs
if ends then
  sweep()
  reply[2] = endMatch(match)
else
  reply[2] = keepMatch(match)
end
reply[3] = redis.call('HGET', KEY.entries, matchId)
return reply
