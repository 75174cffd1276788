-- A step of a match towards its battle: `to` is teams, validating or battle. `seed` is JSON.
-- KEYS lease generation matches ended tombstones due changes entries lineups counts seats begun parts log
-- ARGV epoch generation mark queue matchId revision knows to windowMs seed
-- RETURNS moved record entries lineup | changed [record entries lineup] | fenced
-- USES steps tombs seats begun
-- FLAGS allow-oom
local FROM = { teams = 'joining', validating = 'teams', battle = 'validating' }
-- A stage is complete when both sides have done their part.
local NEEDS = { teams = 'joined', validating = 'teamIn', battle = 'valid' }

local match, instead = stepFrom(FROM[to])
if not match then return instead end
local part = NEEDS[to]
if not (match.sides[1][part] and match.sides[2][part]) then return notMoved(match) end

if to == 'teams' then
  local opponents = {}
  for number, side in ipairs(lineUp(match).sides) do
    local actor = cjson.decode(side.body).actor
    opponents[number] = cjson.encode({ id = actor.id, name = actor.name, members = actor.members, elo = side.elo, node = side.node })
  end
  writeNext(match, 'BEGIN', ',"sides":[' .. opponents[1] .. ',' .. opponents[2] .. '],"rated":' .. tostring(match.rated))
  for _, side in ipairs(match.sides) do entomb(side.ticket, '"in a battle"') end
  seat('o', match)
  countBegun(queue)
elseif to == 'validating' then
  for side = 0, 1 do
    writeNext(match, 'TEAM', ',"side":' .. side .. ',"data":' .. redis.call('HGET', KEY.parts, 'team' .. side))
  end
else
  writeNext(match, 'START', ',"seed":' .. seed)
end
isNow(match, to, now + windowMs)
return moved(keepMatch(match))
