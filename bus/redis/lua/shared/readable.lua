-- What others may have written: what cannot be read must stop nobody but whom it is about.
local MOST_RECORD = 1024 * 1024

-- A record, or nil where it is none.
local function readable(text)
  local isJson, record = pcall(cjson.decode, text)
  return isJson and type(record) == 'table' and record or nil
end

-- A record's text for who asks. In the place of one that is longer than any record stands its length: not to be handed on, and not to be read.
local function bounded(text)
  return #text > MOST_RECORD and '!' .. #text or text
end
