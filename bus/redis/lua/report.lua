-- Keeps what a node reports to the owner. `record` is JSON.
-- KEYS incidents incidentOrder entries
-- ARGV record
-- RETURNS done
-- USES incidents

incident(cjson.decode(record))
return 'done'
