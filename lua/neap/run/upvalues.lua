-- upvalues: notices a step body that changes a local of the workflow.
-- Such a change is lost when the body is skipped at replay, so it is an error that says so.
-- Plain data tables (no metatable) are compared by content, up to a bound; the rest by identity.

local M = {}

local BOUND = 256 -- entries of one table that are compared

local function shallow(value)
  if type(value) ~= "table" or getmetatable(value) ~= nil then
    return nil
  end
  local copy, count = {}, 0
  for k, v in next, value do
    count = count + 1
    if count > BOUND or type(v) == "function" then
      return nil
    end
    copy[k] = v
  end
  return copy
end

---What the locals around `fn` hold now; nil when it has none.
---@return table?
function M.take(fn)
  local name, value = debug.getupvalue(fn, 1)
  if not name then
    return nil
  end
  local taken, i = { fn = fn }, 1
  while name do
    taken[i] = { name = name, value = value, copy = shallow(value) }
    i = i + 1
    name, value = debug.getupvalue(fn, i)
  end
  return taken
end

local function differs(copy, value)
  for k, v in next, value do
    if copy[k] ~= v then
      return true
    end
  end
  for k in next, copy do
    if value[k] == nil then
      return true
    end
  end
  return false
end

---The name of a local that is not what it was, or nil.
---@param taken table?
---@return string?
function M.changed(taken)
  if not taken then
    return nil
  end
  for i = 1, #taken do
    local was = taken[i]
    local _, now = debug.getupvalue(taken.fn, i)
    if now ~= was.value and (now == now or was.value == was.value) then
      return was.name
    end
    if was.copy and differs(was.copy, now) then
      return was.name
    end
  end
end

return M
