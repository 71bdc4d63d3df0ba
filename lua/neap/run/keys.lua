-- keys: how a step is named, so that replay finds it whatever the order.
-- `name[v]` with key = v; a repeat without one is `name#n` and must carry arguments.

local check = require("neap.base.check")
local err = require("neap.base.err")
local native = require("neap.native")

local M = {}

---@class neap.Keys
local Keys = {}
Keys.__index = Keys

---@param prefix string "" or "scope/"
function M.new(prefix)
  return setmetatable({ prefix = prefix, seen = {} }, Keys)
end

---A key as text: a string or a number, without what would make two keys look alike.
local function key_text(name, key)
  local kind = type(key)
  local text = kind == "number" and ("%.17g"):format(key) or key
  if kind ~= "string" and kind ~= "number" or key ~= key then
    err.usage(("the key of step \"%s\" must be a string or a number, not %s"):format(name,
      kind == "number" and "NaN" or "a " .. kind))
  elseif text:find("%c") or text:find("]", 1, true) or not native.json.encode(text) then
    err.usage(("the key of step \"%s\" must be text without ] and control characters")
      :format(name))
  end
  return text
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
    full = ("%s[%s]"):format(full, key_text(name, key))
    if self.seen[full] then
      err.usage(("step \"%s\" with key %s runs a second time: each key may be used once")
        :format(name, tostring(key)))
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
    err.usage(("step \"%s\" runs a second time: give it a key, { key = … }, or arguments, so that "
      .. "it is found again after a crash"):format(name))
  end
  return ("%s#%d"):format(full, count)
end

return M
