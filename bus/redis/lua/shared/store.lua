-- Which Redis process this is: another one, or one that was started anew, may have lost what the last one wrote.
local function storeId()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
end
