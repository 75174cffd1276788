-- This side's node has taken the new Elo.
-- KEYS matches ended revisions closed changes counts seats
-- ARGV matchId side node
-- RETURNS done | late | foreign
-- USES sides counted seats
-- FLAGS allow-oom

local match = own(matchId, side, node)
if not match then return counted('takeElo', 'foreign') end
local mine = match.sides[side + 1]
if mine.eloTaken then
  counted('takeElo', 'doubled')
  return 'done'
end
if match.stage ~= 'rated' then return counted('takeElo', 'late') end
mine.eloTaken = true
unseat('e', match, side)
changeSide(match, side, 'ELO_TAKEN')
return 'done'
