-- This side's server reports the end of the battle. `winner` and `digest` are JSON.
-- KEYS matches ended revisions closed changes counts
-- ARGV matchId side node winner digest tooLong
-- RETURNS done | late | foreign | size
-- USES sides counted
-- FLAGS allow-oom

local match = own(matchId, side, node)
if not match then return counted('over', 'foreign') end
if tooLong == '1' then return counted('over', 'size') end
local mine = match.sides[side + 1]
local result = '{"winner":' .. winner .. ',"digest":' .. digest .. '}'
if mine.result == result then counted('over', 'doubled') end
if mine.result and mine.result ~= result then return counted('over', 'late') end
if not mine.result and (match.stage ~= 'battle' or now > match.deadline) then return counted('over', 'late') end
if match.stage ~= 'battle' then return 'done' end
match.firstOverAt = match.firstOverAt or now
local says = ',"winner":' .. winner .. ',"digest":' .. digest .. ',"firstOverAt":' .. num(match.firstOverAt)
-- Said again when it is reported again: the arena's OVER_OK may have been lost.
if mine.result then
  announceSide(match, side, 'BATTLE_OVER', says)
else
  mine.result = result
  changeSide(match, side, 'BATTLE_OVER', says)
end
return 'done'
