-- One side of an ended match does not want to play once more: nobody can ask any longer.
-- KEYS matches ended entries closed rematches rematchesDue changes revisions
-- ARGV matchId side node withinMs
-- RETURNS done | late | foreign
-- USES sides rematches
-- FLAGS allow-oom

local match = own(matchId, tonumber(side), node)
if not match then return 'foreign' end
local field = 'm:' .. matchId
local asks = find(KEY.rematches, field) or {}
if asks.declined then return 'done' end
local ends = rematchUntil(match, tonumber(withinMs))
if not ends or asks.opened then return 'late' end
asks.declined = true
keepRematch(field, cjson.encode(asks), ends)
sayRematch(match, side, false, ends)
return 'done'
