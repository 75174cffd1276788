-- Closes an open match without a result, by the owner's command. `reason` is JSON.
-- KEYS lease generation answers answersDue incidents incidentOrder matches ended tombstones due entries lineups changes seats parts log presences
-- ARGV epoch generation mark queue id who expiresAt matchId reason
-- RETURNS answer text | fenced
-- USES orders read ended tombs places
-- FLAGS allow-oom

local early = before()
if early then return early end
local match = find(KEY.matches, matchId)
if not match or match.queue ~= queue then return refuse('no such open match in this queue') end
if match.stage == 'rated' then return refuse('its Elo is published: it cannot be void any more') end

local says = ofMatch(match, { detail = cjson.decode('[' .. reason .. ']')[1] })
local turns = tonumber(string.match(redis.call('HGET', KEY.entries, matchId), '^%d+'))
write(match, turns + 1, mark .. ',"kind":"VOID","matchId":' .. cjson.encode(matchId) .. ',"reason":"Admin","detail":' .. reason)
freePlayers(match)
if match.stage == 'joining' then
  for _, side in ipairs(match.sides) do entomb(side.ticket, reason) end
end
local stage = match.stage
match.stage = 'void'
match.revision = match.revision + 1
match.deadline = now
endMatch(match)
return done('match made void in stage ' .. stage, says)
