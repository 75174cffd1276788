-- A node's sign of life, told to the leader of a queue. Names and hashes are JSON in `says`.
-- KEYS signs generation tallies
-- ARGV node boot queue ruleset count hash silenceMs clockMs says
-- RETURNS alive generation count hash [rival] | superseded boot | gone
-- USES signs rooms tally
-- FLAGS allow-oom

local sign = currentSign(node)
if isSuperseded(sign, boot) and now < sign.at + silenceMs then
  -- Told to the other one when it gives its next sign.
  if sign.rival ~= boot then
    sign.rival = boot
    keepSign(sign)
  end
  return { 'superseded', sign.boot }
end
if not sign or sign.boot ~= boot then sign = { node = node, boot = boot, since = now, queues = {} } end
if sign.gone then return { 'gone' } end
local rival = sign.rival
sign.rival = nil
sign.at = now
sign.skewMs = clockMs ~= '' and tonumber(clockMs) - now or nil
sign.queues[queue] = { ruleset = ruleset, count = tonumber(count), hash = hash }
keepSign(sign)
local generation = redis.call('GET', KEY.generation) or '0'
say('jaeger', queue, '{"v":1,"kind":"ALIVE","generation":' .. generation .. ',' .. says .. '}')
local _, held, sum = tallyOf(queue, node, boot)
return { 'alive', generation, num(held), string.format('%.0f', sum), rival }
