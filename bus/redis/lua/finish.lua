-- The end of a match without a result: `to` is cancelled (not both came), or void. `reason` and `detail` are JSON.
-- KEYS lease generation tickets matches ended matchOfTicket tombstones due presences waiting revisions incidents incidentOrder entries lineups seq changes held tallies signs instants instantsDue instantsWaiting counts conduct conductDue bars closed seats parts log
-- ARGV epoch generation mark queue matchId revision knows to failed late reason detail against idleSince silent silenceMs voidMax voidNodeMax voidWindowMs voidBarMs voidWhy voidNodeWhy
-- RETURNS moved record entries lineup [ticket]… | changed [record entries lineup] | fenced
-- USES steps announce tickets sweep ended incidents signs returns voids tombs entrance
-- FLAGS allow-oom
local MOST_MISSED_JOINS = 2
local FROM = { cancelled = 'joining', void = 'teams validating battle' }

local match, instead = stepFrom(FROM[to])
if not match then return instead end

-- A step that a deadline is the reason of, by the leader's clock, and that the bus's own clock does not allow yet.
local function early()
  local past = now > match.deadline
  if to == 'cancelled' then return late == '1' and not past end
  if silent ~= '' then
    for number, side in ipairs(match.sides) do
      if string.find(silent, num(number - 1), 1, true) and not isSilent(side, tonumber(silenceMs)) then return true end
    end
    return false
  end
  if idleSince ~= '' then return lastEntryAt ~= idleSince end
  return reason == '"TimeoutError"' and match.stage ~= 'battle' and not past
end
if early() then return notMoved(match) end

-- Those who come back to the queue, as they are now.
local back = {}
local function cancel()
  lineUp(match)
  freePlayers(match)
  if match.how then return cancelSession(match, failed, MOST_MISSED_JOINS) end
  for number, side in ipairs(match.sides) do
    local fails = string.find(failed, num(number - 1), 1, true)
    local missedJoins = fails and side.missedJoins + 1 or 0
    -- A server that began anew or is gone has nobody to go back.
    local sign = signOf(side.node)
    local isHere = not (sign and (sign.boot ~= side.boot or sign.gone))
    local out = keptOut(side.node, side.players)
    local returns = not side.left and not out and missedJoins < MOST_MISSED_JOINS and isHere
    local because = side.left and '"removed"' or out or fails and '"did not enter the challenge room in time"'
      or '"the opponent did not come"'
    if returns then
      local record = {
        ticket = side.ticket, queue = queue, node = side.node, boot = side.boot, players = side.players, elo = side.elo,
        missedJoins = missedJoins, body = side.body,
      }
      putBack(record)
      back[#back + 1] = cjson.encode(record)
      announce(queue, '"kind":"ENTERED","entry":' .. record.body)
    else
      entomb(side.ticket, because)
    end
    say('waiting', side.ticket, '{' .. mark .. ',"kind":"CANCELLED","ticket":' .. cjson.encode(side.ticket)
      .. ',"matchId":' .. cjson.encode(matchId) .. ',"back":' .. tostring(returns) .. ',"reason":' .. because .. '}')
  end
end
local function void()
  incident(ofMatch(match, {
    id = 'void:' .. matchId, kind = cjson.decode('[' .. reason .. ']')[1], detail = cjson.decode('[' .. detail .. ']')[1],
    against = tonumber(against),
  }))
  if reason ~= '"StoreLost"' then countVoids(match, tonumber(against), silent ~= '') end
  writeNext(match, 'VOID', ',"reason":' .. reason .. ',"detail":' .. detail)
  freePlayers(match)
end

if to == 'cancelled' then cancel() else void() end
isNow(match, to, now)
sweep()
local reply = moved(endMatch(match))
for _, ticket in ipairs(back) do reply[#reply + 1] = ticket end
return reply
