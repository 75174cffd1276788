-- USES time json
-- Nodes' last signs of life.

local function signOf(node)
  local text = redis.call('HGET', KEY.signs, node)
  return text and cjson.decode(text) or nil
end

local function keepSign(sign)
  redis.call('HSET', KEY.signs, sign.node, cjson.encode(sign))
end

-- The sign as it counts now, and whether it was one from the future: it was given before Redis's clock was set back, and counts as given now, once.
local function currentSign(node)
  local sign = signOf(node)
  local isAhead = sign and sign.at > now
  if sign and (isAhead or sign.since > now) then
    sign.at, sign.since = math.min(sign.at, now), math.min(sign.since, now)
    keepSign(sign)
  end
  return sign, isAhead
end

-- Is this boot not the one that its node's name belongs to, and that one not gone?
local function isSuperseded(sign, boot)
  return sign and sign.boot ~= boot and not sign.gone
end

-- Has the server of a side said goodbye, begun anew, or been silent for so long?
local function isSilent(side, forMs)
  local sign = signOf(side.node)
  if not sign then return true end
  if sign.boot ~= side.boot then return now >= sign.since + forMs end
  return sign.gone == 'gone' or now >= sign.at + forMs
end
