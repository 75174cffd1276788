-- USES fence time json rooms incidents
-- An owner's command is executed once: its answer is kept, and given again. ARGV has the command's id, who asked and until when it counts.
local ANSWER_KEPT_MS = 24 * 60 * 60 * 1000
local MOST_SWEPT_ANSWERS = 20

local function answer(outcome, says)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEY.answersDue, '-inf', num(now), 'LIMIT', 0, MOST_SWEPT_ANSWERS)) do
    redis.call('ZREM', KEY.answersDue, old)
    redis.call('HDEL', KEY.answers, old)
  end
  local text = cjson.encode({ id = id, at = now, queue = queue, outcome = outcome, says = says })
  redis.call('HSET', KEY.answers, id, text)
  redis.call('ZADD', KEY.answersDue, num(now + ANSWER_KEPT_MS), id)
  redis.call('PUBLISH', TAG .. 'inbox', 'answered')
  return { 'answer', text }
end

local function refuse(says)
  return answer('refused', says)
end

-- `record`: what the incident says besides.
local function done(says, record)
  record.id = id
  record.kind = 'Admin'
  record.who = who
  record.detail = record.detail and record.detail ~= '' and says .. ': ' .. record.detail or says
  incident(record)
  return answer('done', says)
end

-- What is answered at once: the leader was succeeded, the command was executed before, or is too old.
local function before()
  if fenced() then return { 'fenced' } end
  local known = redis.call('HGET', KEY.answers, id)
  if known then return { 'answer', known } end
  if now > tonumber(expiresAt) then return refuse('nobody came to it in time') end
end
