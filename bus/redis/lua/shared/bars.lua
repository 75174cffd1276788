-- USES time read
-- What a player did that keeps it out now, as bars.
local DECLINES = 'offers were declined or not answered'

local function barsOf(player)
  local record = find(KEY.conduct, 'p:' .. player)
  local bars = {}
  local function add(ends, reason)
    if ends > now then bars[#bars + 1] = cjson.encode({ player = player, ['until'] = ends, reason = reason }) end
  end
  if record then
    add(record.barredUntil, record.why)
    add(record.restsUntil, DECLINES)
  end
  return bars
end
