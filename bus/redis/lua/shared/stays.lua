-- USES traces instants signs tombs told entrance
-- What a node asks of its user who waits: where it stands, or nil where the record is there and on the list after this.
local function standingInstant(ticket, node, boot)
  local record = find(KEY.instants, ticket)
  if not record then
    local match = matchOfTicket(ticket)
    if match and match.stage ~= 'cancelled' then
      return told('match', match)
    end
    local stone = findTombstone(ticket)
    return stone and { 'gone', stone.reason } or { 'unknown' }
  end
  local because
  local presence = find(KEY.presences, record.players[1])
  if record.node ~= node or record.boot ~= boot or isSuperseded(signOf(node), boot) then because = '"its server was gone"'
  elseif not presence or presence.of ~= ticket then because = '"elsewhere by now"' end
  because = keptOut(node, record.players) or because
  if because then
    dropInstant(record)
    entomb(ticket, because)
    return { 'gone', because }
  end
  return nil, record
end
