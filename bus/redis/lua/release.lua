-- A locked ticket without an offer goes back to waiting, with its old time.
-- KEYS lease generation tickets tombstones due presences waiting revisions bars closed conduct held tallies seq changes counts
-- ARGV epoch generation mark queue ticket
-- RETURNS done | fenced
-- USES fence back counted
-- FLAGS allow-oom

if fenced() then return 'fenced' end
local text = redis.call('HGET', KEY.tickets, ticket)
local record = text and cjson.decode(text)
if record and record.queue == queue and record.state == 'locked' and not record.offerId then
  goBack(record, '"no opponent confirmed"')
else
  counted('release', 'changed')
end
return 'done'
