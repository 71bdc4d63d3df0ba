-- Globs over paths of a repository: `*` and `?` stay in a directory, `**` does not.
local M = {}

---@param glob string
---@return string pattern
local function pattern_of(glob)
  local escaped = glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  escaped = escaped:gsub("%*%*/?", "\1"):gsub("%*", "[^/]*"):gsub("%?", "[^/]")
  return "^" .. escaped:gsub("\1", ".*") .. "$"
end

---Does a path match one of the globs?
---@param path string
---@param globs string[]
---@return boolean
function M.matches(path, globs)
  for _, glob in ipairs(globs) do
    if path:find(pattern_of(glob)) then
      return true
    end
  end
  return false
end

return M
