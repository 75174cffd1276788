-- USES instants signs tombs entrance
-- A match that no leader has arranged is cancelled. Two of an instant match wait again, who did not come once its node has renewed it; two who
-- wanted to play once more are free.

local function cancelSession(match, failed, mostMissed)
  local id = cjson.encode(match.matchId)
  for number, side in ipairs(match.sides) do
    local fails = string.find(failed, num(number - 1), 1, true) ~= nil
    local missedJoins = fails and side.missedJoins + 1 or 0
    local sign = signOf(side.node)
    local isHere = not (sign and (sign.boot ~= side.boot or sign.gone))
    local out = match.how == 'instant' and keptOut(side.node, side.players)
    local returns = match.how == 'instant' and not side.left and not out and missedJoins < mostMissed and isHere
    local because = side.left and '"removed"' or out or fails and '"did not enter the challenge room in time"'
      or '"the opponent did not come"'
    if returns then
      local wanted = side.wanted
      local record = {
        ticket = side.ticket, queue = match.queue, node = side.node, boot = side.boot, players = side.players, elo = side.elo,
        missedJoins = missedJoins, body = side.body,
        room = wanted.room, secret = wanted.secret, preferences = wanted.preferences, data = wanted.data, lifeMs = wanted.lifeMs,
        avoided = match.sides[3 - number].ticket, avoidedUntil = now + match.pairRestMs,
      }
      listInstant(record, fails)
      if not fails then broadcastInstant(record) end
    else entomb(side.ticket, because) end
    say('INSTANT_MATCH', side.wanted.secret, '{' .. mark .. ',"kind":"CANCELLED","ticket":' .. cjson.encode(side.ticket) .. ',"matchId":' .. id
      .. ',"back":' .. tostring(returns) .. ',"reason":' .. because .. '}')
  end
end
