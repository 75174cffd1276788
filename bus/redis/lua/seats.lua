-- The sides of open matches (o), or of those whose Elo is not taken (e), that earlier boots of a node left behind, some of them.
-- KEYS matches entries lineups seats
-- ARGV kind node queue boot most
-- RETURNS [side, record, entries, lineup]…
-- USES read seats
-- FLAGS no-writes

local first = seatAs(kind, node, queue)
local reply = {}
for _, member in ipairs(redis.call('ZRANGEBYLEX', KEY.seats, '[' .. first, '(' .. first .. '\255')) do
  local matchId, side = string.match(string.sub(member, #first + 1), '^(.*):(%d)$')
  local match = find(KEY.matches, matchId)
  if match and match.sides[side + 1].boot ~= boot and #reply < 4 * most then
    reply[#reply + 1] = side
    reply[#reply + 1] = cjson.encode(match)
    reply[#reply + 1] = redis.call('HGET', KEY.entries, matchId)
    reply[#reply + 1] = redis.call('HGET', KEY.lineups, matchId)
  end
end
return reply
