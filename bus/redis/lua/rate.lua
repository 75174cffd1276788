-- The battle of a match is over: its result changes the Elos, once.
-- KEYS lease generation matches ended presences ratings history seasons entries lineups changes counts seats log
-- ARGV epoch generation mark queue matchId revision knows windowMs floor score delta keptResults initialElo partyElo
-- RETURNS moved record entries lineup | changed [record entries lineup] | fenced
-- USES steps places seasons ladder seats
-- FLAGS allow-oom

local match, instead = stepFrom('battle')
if not match then return instead end
lineUp(match)

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

-- A season has begun meanwhile: what began before it changes nothing of it.
local counts = ofSeason(match.sides[1]) and ofSeason(match.sides[2])
-- Where the ladder alone rates, nobody brings an Elo along.
for _, side in ipairs(initialElo ~= '' and match.sides or {}) do
  counts = counts and side.elo == eloOf(cjson.decode(side.body).actor.members, '', initialElo, partyElo)
end
local sides = {}
for number, side in ipairs(match.sides) do
  local change = not counts and 0 or number == 1 and tonumber(delta) or -tonumber(delta)
  sides[number] = '{"old":' .. num(side.elo) .. ',"new":' .. num(side.elo + change) .. ',"delta":' .. num(change) .. '}'
  local result = score == '0.5' and 'drawn' or (score == '1') == (number == 1) and 'won' or 'lost'
  local against = cjson.encode(cjson.decode(match.sides[3 - number].body).actor.id)
  local game = '{"at":' .. num(now) .. ',"matchId":' .. cjson.encode(matchId) .. ',"opponent":' .. against
    .. ',"result":"' .. result .. '"'
  if match.rated and counts then rate(side, change, game) end
end
local winner = score == '1' and '0' or score == '0' and '1' or '"draw"'
writeNext(match, 'ELO', ',"winner":' .. winner .. ',"sides":[' .. sides[1] .. ',' .. sides[2] .. ']')
freePlayers(match)
unseat('o', match)
seat('e', match)
isNow(match, 'rated', now + windowMs)
return moved(keepMatch(match))
