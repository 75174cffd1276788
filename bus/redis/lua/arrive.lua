-- A node's boot begins: the waiting tickets of its earlier boots are removed, some at a time. `since`: when it began, empty at first.
-- KEYS protocol signs generation tickets offers held tallies tombstones due presences waiting revisions seq changes
-- ARGV protocol node boot since silenceMs
-- RETURNS arrived since generation more | superseded boot | protocol version
-- USES signs depart readable
-- FLAGS allow-oom
local SIGN_KEPT_MS = 7 * 24 * 60 * 60 * 1000

local spoken = redis.call('GET', KEY.protocol)
if spoken and spoken ~= protocol then return { 'protocol', spoken } end
local sign = currentSign(node)
-- Who begins takes the name over; who began earlier does not take it back from one that is alive.
if since ~= '' and isSuperseded(sign, boot) and now < sign.at + silenceMs then return { 'superseded', sign.boot } end
if not sign or sign.boot ~= boot then
  sign = { node = node, boot = boot, since = math.min(tonumber(since) or now, now), queues = {} }
  local all = redis.call('HGETALL', KEY.signs)
  for number = 1, #all, 2 do
    local old = readable(all[number + 1])
    if old and (tonumber(old.at) or now) < now - SIGN_KEPT_MS then redis.call('HDEL', KEY.signs, all[number]) end
  end
elseif since ~= '' then
  sign.since = math.min(sign.since, tonumber(since))
end
sign.at = now
sign.gone = nil
keepSign(sign)
return { 'arrived', num(sign.since), redis.call('GET', KEY.generation) or '0', departAll(node, nil, boot)[1] }
