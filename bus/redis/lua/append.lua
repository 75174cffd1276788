-- Appends an input to the match's log and publishes it. `data` and `digest` are JSON.
-- KEYS matches ended entries closed counts parts log
-- ARGV matchId side node counter data digest after tooLong
-- RETURNS turn number | late | foreign | counter | size | tooMany
-- USES find log counted
local MOST_TURNS_A_SECOND = 50
local MOST_TURNS_A_MATCH = 10000

local match = findMatch(matchId)
if not match or match.sides[side + 1].node ~= node then return { counted('append', 'foreign') } end
if redis.call('HEXISTS', KEY.closed, 'blocked ' .. node) == 1 then return { counted('append', 'foreign') } end
local before, count, lately = unpack(redis.call('HMGET', KEY.parts, 'turn' .. side .. ':' .. counter, 'count' .. side, 'rate' .. side))
if before then
  counted('append', 'doubled')
  return { 'turn', before }
end
if match.stage ~= 'battle' then return { counted('append', 'late') } end
if tonumber(counter) ~= tonumber(count or 0) + 1 then return { counted('append', 'counter') } end
if tooLong == '1' then return { counted('append', 'size') } end

local second = num(math.floor(now / 1000))
local rateSecond, rate = string.match(lately or '', '^(%d+) (%d+)$')
rate = rateSecond == second and tonumber(rate) or 0
local turns = tonumber(string.match(redis.call('HGET', KEY.entries, matchId), '^%d+'))
if rate >= MOST_TURNS_A_SECOND or turns >= MOST_TURNS_A_MATCH then return { counted('append', 'tooMany') } end

local turn = num(turns + 1)
redis.call('HSET', KEY.parts, 'turn' .. side .. ':' .. counter, turn, 'count' .. side, counter,
  'rate' .. side, second .. ' ' .. num(rate + 1))
write(match, turn, '"v":1,"kind":"TURN","matchId":' .. cjson.encode(matchId) .. ',"side":' .. side .. ',"counter":' .. counter
  .. ',"data":' .. data .. ',"digest":' .. digest .. ',"after":' .. num(after))
return { 'turn', turn }
