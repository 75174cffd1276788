-- USES fence find matches log counted lineups
-- A step of a match, decided on the record's revision.

local entries, turns, lastEntryAt

-- Who knows the lineup is not told it again. `text`: of the record.
local function answered(answer, text)
  return { answer, text, entries, knows == '1' and '' or redis.call('HGET', KEY.lineups, matchId) }
end

local function notMoved(match)
  return answered(counted('advance', 'changed'), cjson.encode(match))
end

-- The match, where it may take a step from one of these stages, or nil and what is answered instead.
local function stepFrom(stages)
  if fenced() then return nil, { 'fenced' } end
  local match = findMatch(matchId)
  if not match or match.queue ~= queue then return nil, { counted('advance', 'changed') } end
  entries = redis.call('HGET', KEY.entries, matchId)
  if match.revision ~= tonumber(revision) or not string.find(stages, match.stage, 1, true) then return nil, notMoved(match) end
  turns, lastEntryAt = string.match(entries, '^(%d+) (%d+)$')
  turns = tonumber(turns)
  return match
end

-- The next entry of its log; `parts`: without braces, what it is and of which match.
local function writeNext(match, kind, parts)
  turns = turns + 1
  entries = write(match, turns, mark .. ',"kind":"' .. kind .. '","matchId":' .. cjson.encode(matchId) .. parts)
end

local function isNow(match, stage, deadline)
  match.stage = stage
  match.revision = match.revision + 1
  match.deadline = deadline
end

local function moved(text)
  return answered('moved', text)
end
