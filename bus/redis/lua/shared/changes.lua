-- USES time
-- Which records changed, newest last: a snapshot that is read page by page is made whole with what changed meanwhile. Its first line is its name:
-- a list that is full, or not there, begins anew under another one.
local MOST_CHANGES = 100000

-- `what`: t:<ticket>, o:<offer> or m:<match>.
local function changed(what)
  local count = redis.call('RPUSH', KEY.changes, what)
  if count > 1 and count <= MOST_CHANGES then return end
  redis.call('DEL', KEY.changes)
  redis.call('RPUSH', KEY.changes, time[1] .. ':' .. time[2], what)
end
