-- This side's node has entered the challenge room.
-- KEYS matches ended revisions closed changes counts
-- ARGV matchId side node
-- RETURNS done | late | foreign
-- USES sides counted
-- FLAGS allow-oom

local match = own(matchId, side, node)
if not match then return counted('joined', 'foreign') end
local mine = match.sides[side + 1]
if mine.joined then
  counted('joined', 'doubled')
  return 'done'
end
if match.stage ~= 'joining' or mine.left or now > match.deadline then return counted('joined', 'late') end
mine.joined = true
changeSide(match, side, 'JOINED')
return 'done'
