-- JSON by hand where cjson would not keep it: an empty list comes back from cjson as an object, so bodies stay text.

-- A number as JavaScript would read it back, -0 as 0.
local function num(value)
  value = value + 0
  if value % 1 == 0 and math.abs(value) < 2 ^ 53 then return string.format('%d', value) end
  local text = string.format('%.14g', value)
  return tonumber(text) == value and text or string.format('%.17g', value)
end
