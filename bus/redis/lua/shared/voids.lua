-- USES conduct incidents
-- A match is void by somebody: more than so many, and it is barred. ARGV has the rules, empty where nobody is counted.

-- `from`: the other one, where nobody is to blame: with the same one it counts once. Answers until when it is barred now.
local function countVoid(who, from, most, why)
  local record = conductOf(who)
  local voids = {}
  for _, each in ipairs(record.voids) do
    if each.at > now - voidWindowMs then voids[#voids + 1] = each end
    if from ~= '' and each.from == from and each.at > now - voidWindowMs then return end
  end
  voids[#voids + 1] = { at = now, from = from }
  local isBarred = #voids > tonumber(most)
  if isBarred then
    voids = {}
    record.barredUntil = now + voidBarMs
    record.why = why
  end
  record.voids = voids
  record.keptUntil = math.max(record.keptUntil, now + voidWindowMs, record.barredUntil)
  keepConduct(who, record)
  return isBarred and record.barredUntil
end

local function barred(match, side, who, why, actors)
  incident({
    id = 'barred:' .. match.matchId .. ':' .. who, kind = 'Barred', detail = string.sub(who, 3) .. ': ' .. why,
    queue = match.queue, matchId = match.matchId, stage = match.stage, actors = actors, nodes = { side.node },
  })
end

-- Of these two the one that it is counted against, or both.
local function countVoids(match, against, isSilent)
  if voidMax == '' or not match.rated then return end
  for number, side in ipairs(match.sides) do
    if not against or against == number - 1 then
      local other = match.sides[3 - number]
      local actor = cjson.decode(other.body).actor.id
      for _, player in ipairs(cjson.decode(side.body).actor.members) do
        if countVoid('p:' .. player, against and '' or actor, voidMax, voidWhy) then
          barred(match, side, 'p:' .. player, voidWhy, { player })
        end
      end
      -- A server that falls silent ends many matches at once.
      local from = isSilent and 'boot ' .. side.boot or against and '' or 'node ' .. other.node
      local ends = countVoid('n:' .. side.node, from, voidNodeMax, voidNodeWhy)
      if ends then
        redis.call('HSET', KEY.closed, 'barred ' .. side.node,
          cjson.encode({ node = side.node, how = 'barred', reason = voidNodeWhy, ['until'] = ends }))
        barred(match, side, 'n:' .. side.node, voidNodeWhy)
      end
    end
  end
end
