-- keys: how a step is named, so that replay finds it whatever the order.
-- `name[v]` with key = v; a repeat without one is `name#n` and must carry arguments.

local check = require("neap.base.check")

local M = {}

---@class neap.Keys
local Keys = {}
Keys.__index = Keys

---@param prefix string "" or "scope/"
function M.new(prefix)
  return setmetatable({ prefix = prefix, seen = {} }, Keys)
end

---The key of the next step called `name`.
---@param name string
---@param key? string|number
---@param guarded boolean the step has arguments, so that a shift would be noticed
---@return string
function Keys:next(name, key, guarded)
  check.name("step", name)
  local full = self.prefix .. name
  if key ~= nil then
    full = ("%s[%s]"):format(full, tostring(key))
    if self.seen[full] then
      error(("step \"%s\" with key %s runs a second time: each key may be used once")
        :format(name, tostring(key)), 3)
    end
    self.seen[full] = 1
    return full
  end
  local count = (self.seen[full] or 0) + 1
  self.seen[full] = count
  if count == 1 then
    return full
  end
  if not guarded then
    error(("step \"%s\" runs a second time: give it a key, { key = … }, or arguments, so that "
      .. "it is found again after a crash"):format(name), 3)
  end
  return ("%s#%d"):format(full, count)
end

return M
