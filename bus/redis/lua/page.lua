-- One page of the records of a kind: as many as do not hold Redis up.
-- KEYS tickets offers matches entries lineups
-- ARGV table_ cursor count
-- RETURNS next cursor, [id record entries lineup]…
-- USES readable
-- FLAGS no-writes

local found = redis.call('HSCAN', KEY[table_], cursor, 'COUNT', count)
local reply = { found[1] }
for number = 1, #found[2], 2 do
  reply[#reply + 1] = found[2][number]
  reply[#reply + 1] = bounded(found[2][number + 1])
  reply[#reply + 1] = table_ == 'matches' and redis.call('HGET', KEY.entries, found[2][number]) or ''
  reply[#reply + 1] = bounded(table_ == 'matches' and redis.call('HGET', KEY.lineups, found[2][number]) or '')
end
return reply
