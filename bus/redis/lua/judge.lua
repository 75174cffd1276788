-- This side's server accepts both teams (refusal is empty), or refuses the match for a reason (as JSON).
-- KEYS matches ended revisions closed seq changes
-- ARGV matchId side node refusal tooLong
-- RETURNS done | late | foreign | size
-- USES sides
-- FLAGS allow-oom

local match = own(matchId, side, node)
if not match then return 'foreign' end
local mine = match.sides[side + 1]
if refusal == '' then
  if mine.valid then return 'done' end
  if match.stage ~= 'validating' or now > match.deadline then return 'late' end
  mine.valid = true
  changeSide(match, side, 'VALID')
  return 'done'
end
if tooLong == '1' then return 'size' end
if mine.refusal then return 'done' end
if match.stage ~= 'teams' and match.stage ~= 'validating' and match.stage ~= 'battle' then return 'late' end
mine.refusal = refusal
changeSide(match, side, 'VALIDATION_ERROR', ',"reason":' .. refusal)
return 'done'
