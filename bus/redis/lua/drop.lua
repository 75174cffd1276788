-- Removes a ticket that its own node does not know any more. `reason` is JSON.
-- KEYS lease generation tickets tombstones due presences waiting held tallies seq changes counts
-- ARGV epoch generation mark queue ticket reason
-- RETURNS done | fenced
-- USES fence withdraw counted
-- FLAGS allow-oom

if fenced() then return 'fenced' end
local text = redis.call('HGET', KEY.tickets, ticket)
local record = text and cjson.decode(text)
if record and record.queue == queue and not record.offerId then
  withdraw(record, reason)
else
  counted('drop', 'changed')
end
return 'done'
