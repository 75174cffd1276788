-- How many tickets of a boot a queue holds, and the sum of their ids' hashes.
local function tallyOf(queue, node, boot)
  local field = queue .. ':' .. boot .. ':' .. node
  local count, hash = string.match(redis.call('HGET', KEY.tallies, field) or '', '^(%d+) (%d+)$')
  return field, tonumber(count or 0), tonumber(hash or 0)
end
