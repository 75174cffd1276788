-- USES lineups
-- What an incident says of a match as it is now.
local function ofMatch(match, record)
  record.queue = match.queue
  record.matchId = match.matchId
  record.stage = match.stage
  record.actors = {}
  record.nodes = {}
  for number, side in ipairs(lineUp(match).sides) do
    record.actors[number] = cjson.decode(side.body).actor.id
    record.nodes[number] = side.node
  end
  record.lastEntryAt = tonumber(string.match(redis.call('HGET', KEY.entries, match.matchId), '%d+$'))
  record.firstOverAt = match.firstOverAt
  record.log = record.log or 'log:' .. match.matchId
  return record
end
