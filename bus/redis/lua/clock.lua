-- The bus's time in ms.
-- KEYS seq
-- ARGV
-- RETURNS time
-- USES time json
-- FLAGS no-writes

return num(now)
