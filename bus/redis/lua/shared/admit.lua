-- USES traces depart instants entrance tombs
-- May these players come in, or be moved here from where they wait?

-- The refusal, or nil. Where they wait, and may be moved from, is put in `leaving`.
local leaving = {}
local function refused(node, players, move)
  local closed = closedAt(node)
  if closed then return { 'closed', closed } end
  local bars = barsAgainst(players)
  if #bars > 0 then return { 'barred', unpack(bars) } end
  local present = { 'present' }
  local seen = {}
  for number, player in ipairs(players) do
    local text = redis.call('HGET', KEY.presences, player)
    local presence = text and cjson.decode(text)
    local waits = presence and (find(KEY.tickets, presence.of) or findInstant(presence.of))
    if waits and move == '1' then
      if not seen[presence.of] then leaving[#leaving + 1] = waits end
      seen[presence.of] = true
    -- A presence that points to no record counts for nothing.
    elseif waits or presence and findMatch(presence.of) then
      present[#present + 1] = num(number - 1)
      present[#present + 1] = text
    end
  end
  if #present > 1 then return present end
end

-- Whoever is moved leaves where it was, and its node is told.
local function moveOut()
  for _, record in ipairs(leaving) do
    local kind, room = 'waiting', record.ticket
    if record.secret then
      kind, room = 'INSTANT_MATCH', record.secret
      dropInstant(record)
      entomb(record.ticket, '"moved"', 'instant', record.node)
    else depart(record, '"moved"') end
    say(kind, room, '{"v":1,"kind":"MOVED","ticket":' .. cjson.encode(record.ticket) .. '}')
  end
end
