-- USES withdraw announce entrance
-- Who was locked waits again, with its old time, and its room is told. Who may not come in any more is withdrawn, and the leader told. `reason` is JSON.

local function goBack(record, reason)
  local out = keptOut(record.node, record.players)
  local ticket = cjson.encode(record.ticket)
  if out then
    withdraw(record, out)
    announce(record.queue, '"kind":"LEFT","ticket":' .. ticket)
    return
  end
  putBack(record)
  say('waiting', record.ticket, '{' .. mark .. ',"kind":"BACK","ticket":' .. ticket .. ',"reason":' .. reason .. '}')
end
