-- The bus's time in whole ms. Read once: within a script time stands still.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
