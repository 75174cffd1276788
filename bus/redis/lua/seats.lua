-- The sides of open matches (o), or of those whose Elo is not taken (e), that earlier boots of a node left behind, some of them.
-- KEYS matches entries lineups seats
-- ARGV kind node queue boot most
-- RETURNS [side, matchId, record, entries, lineup]…
-- USES readable seats
-- FLAGS no-writes

local first = seatAs(kind, node, queue)
local reply = {}
for _, member in ipairs(redis.call('ZRANGEBYLEX', KEY.seats, '[' .. first, '(' .. first .. '\255')) do
  local matchId, side = string.match(string.sub(member, #first + 1), '^(.*):(%d)$')
  local text = redis.call('HGET', KEY.matches, matchId)
  local match = text and readable(text)
  if match and match.sides and match.sides[side + 1].boot ~= boot and #reply < 5 * most then
    reply[#reply + 1] = side
    reply[#reply + 1] = matchId
    reply[#reply + 1] = text
    reply[#reply + 1] = redis.call('HGET', KEY.entries, matchId) or ''
    reply[#reply + 1] = redis.call('HGET', KEY.lineups, matchId) or ''
  end
end
return reply
