-- upvalues: notices a step body that changes a local of the workflow.
-- Such a change is lost when the body is skipped at replay, so it is an error that says so.
-- Plain data tables (no metatable) are compared by content, up to a bound; the rest by identity.

local M = {}

local BOUND = 256 -- entries that are compared, of all tables together

---A copy of a plain data table and of those inside it; nil where it is none, or too large.
local function snapshot(value, room)
  if type(value) ~= "table" or getmetatable(value) ~= nil then
    return nil
  end
  local copy = { of = value, values = {} }
  for k, v in next, value do
    room.left = room.left - 1
    if room.left < 0 or type(v) == "function" then
      return nil
    end
    copy.values[k] = v
    local inner = type(v) == "table" and not room[v] and snapshot(v, room)
    if inner then
      room[v] = true
      copy.tables = copy.tables or {}
      copy.tables[#copy.tables + 1] = inner
    end
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
    taken[i] = { name = name, value = value }
    if type(value) == "table" then
      taken[i].copy = snapshot(value, { [value] = true, left = BOUND })
    end
    i = i + 1
    name, value = debug.getupvalue(fn, i)
  end
  return taken
end

local function differs(copy)
  local now = copy.of
  for k, v in next, now do
    local was = copy.values[k]
    if was ~= v and (was == was or v == v) then
      return true
    end
  end
  for k in next, copy.values do
    if now[k] == nil then
      return true
    end
  end
  for _, inner in ipairs(copy.tables or {}) do
    if differs(inner) then
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
    if was.copy and differs(was.copy) then
      return was.name
    end
  end
end

return M
