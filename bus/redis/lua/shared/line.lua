-- USES time json
-- Who waits for a lease, in order of arrival, and the one to whom it was just left.

-- Stands in line, or says that it still does.
local function wait(token)
  local arrival = string.match(redis.call('HGET', KEY.line, token) or '', '^%d+') or num(redis.call('INCR', KEY.seq))
  redis.call('HSET', KEY.line, token, arrival .. ' ' .. num(now))
end

-- How long another's lease, or claim to it, may still hold, and whether that is less than it would: more than was asked for, as the token says, is
-- left only where Redis's clock was set back meanwhile, and nobody would lead until it has caught up.
local function most(ms, token)
  local asked = tonumber(string.match(token, ' (%d+)%-[^ ]*$'))
  if asked and ms > asked then return asked, true end
  return ms, false
end

-- Leaves a free lease to the first in line who gave a sign of life within the time of a lease, for a moment; then it is anybody's.
local function leaveTo(queue, leaseMs, handoverMs)
  local heir, first
  local line = redis.call('HGETALL', KEY.line)
  for number = 1, #line, 2 do
    local arrival, seen = string.match(line[number + 1], '^(%d+) (%d+)$')
    if tonumber(seen) < now - leaseMs then redis.call('HDEL', KEY.line, line[number])
    else
      -- One from the future was given before the clock was set back: it counts as given now, once.
      if tonumber(seen) > now then redis.call('HSET', KEY.line, line[number], arrival .. ' ' .. num(now)) end
      if not first or tonumber(arrival) < first then heir, first = line[number], tonumber(arrival) end
    end
  end
  if heir then redis.call('SET', KEY.heir, heir, 'PX', handoverMs) end
  redis.call('PUBLISH', string.match(KEYS[1], '^.-{[^}]*}:') .. 'lease:' .. queue, 'released')
end
