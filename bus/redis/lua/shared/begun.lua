-- USES time json
-- How many matches began, by queue and minute: ten slots, each with the minute that it is of.
local MINUTES = 10

local function countBegun(queue)
  local minute = math.floor(now / 60000)
  local slot = queue .. ' ' .. num(minute % MINUTES)
  local of, count = string.match(redis.call('HGET', KEY.begun, slot) or '', '^(%d+) (%d+)$')
  redis.call('HSET', KEY.begun, slot, num(minute) .. ' ' .. num((tonumber(of) == minute and count or 0) + 1))
end

local function begunLately(queue)
  local minute, begun = math.floor(now / 60000), 0
  for slot = 0, MINUTES - 1 do
    local of, count = string.match(redis.call('HGET', KEY.begun, queue .. ' ' .. slot) or '', '^(%d+) (%d+)$')
    if of and tonumber(of) > minute - MINUTES then begun = begun + count end
  end
  return begun
end
