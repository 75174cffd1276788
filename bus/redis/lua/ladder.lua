-- One page of a ladder, best first; of a season that is over where `season` names one.
-- KEYS ratings archive
-- ARGV season from most
-- RETURNS size [player elo]…
-- FLAGS no-writes

local ladder = season == '' and KEY.ratings or KEY.archive
local reply = redis.call('ZREVRANGE', ladder, from, from + most - 1, 'WITHSCORES')
table.insert(reply, 1, tostring(redis.call('ZCARD', ladder)))
return reply
