-- Is this the right of a leader that was succeeded, or whose lease has run out? ARGV has its generation and epoch.
local function fenced()
  local lease = redis.call('GET', KEY.lease)
  if not lease or string.match(lease, '^(%d+):') ~= epoch then return true end
  return redis.call('GET', KEY.generation) ~= generation
end
