-- This side's team; both are shown together later.
-- KEYS matches ended revisions closed changes counts parts
-- ARGV matchId side node data tooLong
-- RETURNS done | late | foreign | size
-- USES sides counted

local match = own(matchId, side, node)
if not match then return counted('team', 'foreign') end
if tooLong == '1' then return counted('team', 'size') end
local mine = match.sides[side + 1]
if mine.teamIn then
  counted('team', 'doubled')
  return 'done'
end
if match.stage ~= 'teams' or now > match.deadline then return counted('team', 'late') end
mine.teamIn = true
redis.call('HSET', KEY.parts, 'team' .. side, data)
changeSide(match, side, 'TEAM_IN')
return 'done'
