-- One page of incidents, newest first, those with numbers below `below` (empty: all): what leaders wrote and what nodes reported.
-- KEYS incidents incidentOrder reports reportOrder
-- ARGV below most
-- RETURNS [record]…
-- FLAGS no-writes

local found = {}
local function gather(order, records)
  local page = redis.call('ZREVRANGEBYSCORE', order, below == '' and '+inf' or '(' .. below, '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  for at = 1, #page, 2 do
    local text = redis.call('HGET', records, page[at])
    if text then found[#found + 1] = { number = tonumber(page[at + 1]), text = text } end
  end
end
gather(KEY.incidentOrder, KEY.incidents)
gather(KEY.reportOrder, KEY.reports)
table.sort(found, function(a, b) return a.number > b.number end)
local texts = {}
for at = 1, math.min(#found, tonumber(most)) do texts[at] = found[at].text end
return texts
