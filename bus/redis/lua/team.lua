-- This side's team; both are shown together later.
-- KEYS matches ended parts revisions closed seq changes
-- ARGV matchId side node data tooLong
-- RETURNS done | late | foreign | size
-- USES sides

local match = own(matchId, side, node)
if not match then return 'foreign' end
if tooLong == '1' then return 'size' end
local mine = match.sides[side + 1]
if mine.teamIn then return 'done' end
if match.stage ~= 'teams' or now > match.deadline then return 'late' end
mine.teamIn = true
redis.call('HSET', KEY.parts, 'team' .. side, data)
changeSide(match, side, 'TEAM_IN')
return 'done'
