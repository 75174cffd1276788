-- USES read time bars
-- Who may not come in, nor come back.
local MOST_REASON = 1024

-- Why a node takes nobody in: its record as JSON, or nil.
local function closedAt(node)
  for _, text in ipairs(redis.call('HMGET', KEY.closed, 'blocked ' .. node, 'drained ' .. node, 'barred ' .. node)) do
    local ends = text and cjson.decode(text)['until']
    if text and (not ends or ends > now) then return text end
  end
end

-- What keeps these players out, each as JSON.
local function barsAgainst(players)
  local bars = {}
  for _, player in ipairs(players) do
    local bar = redis.call('HGET', KEY.bars, player)
    local ends = bar and cjson.decode(bar)['until']
    if bar and (not ends or ends > now) then bars[#bars + 1] = bar end
    for _, each in ipairs(barsOf(player)) do bars[#bars + 1] = each end
  end
  return bars
end

-- Why these players do not come back to where they waited, as JSON, or nil: whoever could not come in now.
local function keptOut(node, players)
  local bar = barsAgainst(players)[1]
  if bar then return cjson.encode(cjson.decode(bar).reason) end
  local text = closedAt(node)
  if not text then return end
  local closed = cjson.decode(text)
  local is = 'the server is ' .. closed.how
  local because = is .. ': ' .. closed.reason
  return cjson.encode(#because > MOST_REASON and is or because)
end
