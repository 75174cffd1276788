-- This side's server accepts both teams (reason is empty), or refuses the match. `code` and `reason` are JSON.
-- KEYS matches ended revisions closed changes counts
-- ARGV matchId side node code reason tooLong
-- RETURNS done | late | foreign | size
-- USES sides counted
-- FLAGS allow-oom

local match = own(matchId, side, node)
if not match then return counted('judge', 'foreign') end
local mine = match.sides[side + 1]
if reason == '' then
  if mine.valid then
    counted('judge', 'doubled')
    return 'done'
  end
  if match.stage ~= 'validating' or now > match.deadline then return counted('judge', 'late') end
  mine.valid = true
  changeSide(match, side, 'VALID')
  return 'done'
end
if tooLong == '1' then return counted('judge', 'size') end
if mine.refusal then
  counted('judge', 'doubled')
  return 'done'
end
if match.stage ~= 'teams' and match.stage ~= 'validating' and match.stage ~= 'battle' then return counted('judge', 'late') end
local says = '"code":' .. code .. ',"reason":' .. reason
mine.refusal = '{' .. says .. '}'
changeSide(match, side, 'VALIDATION_ERROR', ',' .. says)
return 'done'
