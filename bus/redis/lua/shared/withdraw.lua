-- USES rooms tickets tombs
-- What the leader does to a ticket, and tells its room. `mark` in ARGV: version and lease, as JSON without braces.

local function withdraw(record, reason)
  takeOut(record)
  entomb(record.ticket, reason)
  local ticket = cjson.encode(record.ticket)
  say('waiting', record.ticket, '{' .. mark .. ',"kind":"WITHDRAWN","ticket":' .. ticket .. ',"reason":' .. reason .. '}')
end
