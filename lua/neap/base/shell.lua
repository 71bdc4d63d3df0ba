-- shell: a word as /bin/sh reads it back. Pure. Uses nothing.

local M = {}

---@param word string
---@return string
function M.quote(word)
  if word:find("^[%w_./:@%%+,=-]+$") then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

return M
