-- In order of node, queue and ticket: no name can hide in another one.
local function heldAs(node, queue, ticket)
  return #node .. ':' .. node .. ':' .. (queue and queue .. ':' .. (ticket or '') or '')
end
