-- A node holds a match, and so many entries of its log. A shorter one is not the one that was played: the leader is told. What is rated stays so.
-- KEYS matches ended entries revisions closed changes
-- ARGV matchId side node turns
-- RETURNS known | lost
-- USES sides
-- FLAGS allow-oom

local match = own(matchId, side, node)
if not match then return 'lost' end
local has = string.match(redis.call('HGET', KEY.entries, matchId) or '', '^%d+')
if has and tonumber(has) >= tonumber(turns) or match.stage == 'rated' or match.stage == 'closed' then return 'known' end
local mine = match.sides[side + 1]
if redis.call('HEXISTS', KEY.matches, matchId) == 1 and not mine.lost then
  mine.lost = true
  changeSide(match, side, 'STORE_LOST')
end
return 'lost'
