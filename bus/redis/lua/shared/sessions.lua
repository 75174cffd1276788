-- USES announce matches tickets lineups told numbers
-- A match that no leader has arranged: two of an instant match, or two who play once more. The queue's leader runs its arena.

-- Opens it; each record has, besides what a ticket has, the secret room in which it is told, and what it wants and says. `session`: the parts of the match.
local function openSession(session, records, joinMs)
  local deadline = now + joinMs
  local match = session
  match.stage = 'joining'
  match.revision = 1
  match.deadline = deadline
  match.number = nextNumber()
  match.sides = {}
  local lineup = {}
  for number, record in ipairs(records) do
    match.sides[number] = { node = record.node, boot = record.boot }
    lineup[number] = {
      ticket = record.ticket, players = record.players, elo = record.elo, missedJoins = record.missedJoins, body = record.body,
      wanted = {
        room = record.room, secret = record.secret, preferences = record.preferences, data = record.data, lifeMs = record.lifeMs,
      },
    }
  end
  keepLineup(match, lineup)
  local text = keepMatch(match)
  redis.call('HSET', KEY.entries, match.matchId, '0 ' .. num(now))
  for number, record in ipairs(records) do
    local other = records[3 - number]
    place(record, 'playing', match.matchId)
    redis.call('HSET', KEY.matchOfTicket, record.ticket, match.matchId)
    say('INSTANT_MATCH', record.secret, '{"v":1,"kind":"INSTANT_MATCH","ticket":' .. cjson.encode(record.ticket)
      .. ',"queue":' .. cjson.encode(match.queue) .. ',"matchId":' .. cjson.encode(match.matchId)
      .. ',"challengeRoom":' .. cjson.encode(match.challengeRoom) .. ',"side":' .. num(number - 1)
      .. ',"deadline":' .. num(deadline) .. ',"preferences":' .. cjson.encode(other.preferences)
      .. ',"data":' .. cjson.encode(other.data) .. '}')
  end
  announce(match.queue, '"kind":"OPENED","matchId":' .. cjson.encode(match.matchId))
  return told('match', match, text)
end
