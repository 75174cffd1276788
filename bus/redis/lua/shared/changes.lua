-- Which records changed, newest last: a snapshot that is read page by page is made whole with what changed meanwhile.
local MOST_CHANGES = 50000

-- `what`: t:<ticket>, o:<offer> or m:<match>.
local function changed(what)
  redis.call('XADD', KEY.changes, 'MAXLEN', '~', MOST_CHANGES, '*', 'of', what)
end
