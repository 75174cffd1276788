-- Reads a ticket.
-- KEYS tickets
-- ARGV ticket
-- RETURNS record | nothing
-- FLAGS no-writes

return redis.call('HGET', KEY.tickets, ticket)
