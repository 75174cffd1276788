-- USES find announce matches
-- What the two nodes of a match report.

-- The match, if this side of it is this node's. Who is blocked has none.
local function own(matchId, side, node)
  if redis.call('HEXISTS', KEY.closed, 'blocked ' .. node) == 1 then return end
  local match = findMatch(matchId)
  if match and match.sides[side + 1] and match.sides[side + 1].node == node then return match end
end

-- Tells the leader of a change. `says`: what the message says besides.
local function announceSide(match, side, kind, says)
  announce(match.queue, '"kind":"' .. kind .. '","matchId":' .. cjson.encode(match.matchId) .. ',"side":' .. side
    .. ',"change":' .. num(match.revision) .. (says or ''))
end

local function changeSide(match, side, kind, says)
  match.revision = match.revision + 1
  keepMatch(match)
  announceSide(match, side, kind, says)
end
