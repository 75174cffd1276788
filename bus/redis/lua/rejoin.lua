-- This side's node has begun anew, and goes on with the match. `says` is JSON without braces.
-- KEYS matches ended revisions closed changes signs
-- ARGV matchId side node boot says
-- RETURNS done | late | foreign
-- USES sides signs
-- FLAGS allow-oom

local match = own(matchId, side, node)
local sign = signOf(node)
if not match or not sign or sign.boot ~= boot then return 'foreign' end
local mine = match.sides[side + 1]
if match.stage ~= 'teams' and match.stage ~= 'validating' and match.stage ~= 'battle' then return 'late' end
if mine.boot == boot then return 'done' end
mine.boot = boot
changeSide(match, side, 'REJOIN', ',' .. says)
return 'done'
