-- USES time read

-- A match, also one that has ended, while it is kept.
local function findMatch(id)
  local match = find(KEY.matches, id)
  if match then return match end
  local ended = find(KEY.ended, id)
  if ended and ended.keptUntil > now then return ended end
end
