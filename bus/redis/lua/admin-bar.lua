-- A player may not queue until a time (empty: for ever), and is removed where it waits. `reason` is JSON.
-- KEYS lease generation answers answersDue incidents incidentOrder bars tickets offers matches tombstones due presences waiting revisions entries lineups seq changes held tallies instants instantsDue instantsWaiting
-- ARGV epoch generation mark queue id who expiresAt player until_ reason
-- RETURNS answer text | fenced
-- USES orders expel
-- FLAGS allow-oom
local MOST_BARS = 100000

local early = before()
if early then return early end
if redis.call('HLEN', KEY.bars) >= MOST_BARS and redis.call('HEXISTS', KEY.bars, player) == 0 then
  return refuse('too many are barred: allow some again')
end
local detail = cjson.decode('[' .. reason .. ']')[1]
redis.call('HSET', KEY.bars, player, cjson.encode({ player = player, ['until'] = tonumber(until_), reason = detail }))
local record, _, instant = whereIs(player)
if record then expel(record, reason) end
if instant then expelInstant(instant, reason) end
record = record or instant
return done('barred' .. (record and ' and removed from the queue ' .. record.queue or ''), { actors = { player }, detail = detail })
