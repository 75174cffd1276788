-- USES read
-- Is this ticket of the season that the queue is in? It is if it was first considered since that began.
local function ofSeason(side)
  local seasons = find(KEY.seasons, queue)
  return not seasons or cjson.decode(side.body).firstConsidered > seasons[#seasons].endedAt
end
