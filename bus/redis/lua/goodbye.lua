-- A node stops: its tickets are removed, some at a time, and everybody is told. `says` is JSON without braces.
-- KEYS signs tickets offers held tallies tombstones due presences waiting revisions seq changes
-- ARGV node boot rejoin says
-- RETURNS more [ticket]…
-- USES signs depart rooms
-- FLAGS allow-oom

local sign = signOf(node)
-- The name is another boot's by now.
if sign and sign.boot ~= boot then return { '0' } end
sign = sign or { node = node, boot = boot, since = now, queues = {} }
if not sign.gone then
  sign.at = now
  sign.gone = rejoin == '1' and 'rejoin' or 'gone'
  keepSign(sign)
  say('heartbeat', 'nodes', '{"v":1,"kind":"GOODBYE",' .. says .. '}')
end
return departAll(node)
