-- Is this the right of a leader that was succeeded, or whose lease has run out? ARGV has its generation and epoch.
local function fenced()
  local now_ = redis.call('MGET', KEY.lease, KEY.generation)
  return not now_[1] or string.match(now_[1], '^(%d+):') ~= epoch or now_[2] ~= generation
end
