-- context: the JSON map of a run, `w.context`.
-- Owns copies, limits and the patch of a step body. A write made by workflow code is made again
-- at replay; one made inside a step body is that step's patch, recorded with its outcome.

local check = require("neap.base.check")
local err = require("neap.base.err")
local json = require("neap.base.json")
local native = require("neap.native")

local M = {}

local LIMIT = 16 * 1024 -- bytes of JSON for one value

local SNAPSHOT = 64 * 1024 -- bytes of JSON in an error record
local STATE = {} -- the key under which a context keeps what it holds

local Context = {}

local function state_of(context)
  return rawget(context, STATE)
end

local function visible(state, key)
  local patch = state.patch
  if patch and patch[key] ~= nil then
    local value = patch[key]
    if value == json.null then
      return nil
    end
    return value
  end
  return state.values[key]
end

local function copy(value)
  if type(value) == "table" then
    return json.copy(value)
  end
  return value
end

local function set(context, key, value)
  local state = state_of(context)
  check.name("context key", key)
  if Context[key] then
    err.usage(("context.%s is a method; choose another name"):format(key))
  end
  if value ~= nil then
    local text, problem = native.json.encode(value)
    if not text then
      err.usage("context." .. key .. problem.message:sub(#"value" + 1))
    elseif #text > LIMIT then
      err.usage(("context.%s: %d bytes of JSON, and %d is the most one value may have")
        :format(key, #text, LIMIT))
    end
    value = copy(value)
  end
  if state.patch then
    state.patch[key] = value == nil and json.null or value
  else
    state.values[key] = value
  end
end

---Write a value unless the key has one; return the value it has then.
function Context:set_once(key, value)
  local have = visible(state_of(self), key)
  if have == nil then
    set(self, key, value)
    have = value
  end
  return copy(have)
end

---The whole map, copied.
function Context:all()
  local state, result = state_of(self), {}
  for key in pairs(state.values) do
    result[key] = copy(visible(state, key))
  end
  for key in pairs(state.patch or {}) do
    result[key] = copy(visible(state, key))
  end
  return result
end

---The whole map as an error record keeps it; nil when empty.
---@return table?
function Context:snapshot()
  local all = json.marked(self:all())
  if next(all) == nil then
    return nil
  end
  return #json.encode(all) <= SNAPSHOT and all or { truncated = true }
end

local meta = {
  __index = function(self, key)
    return Context[key] or copy(visible(state_of(self), key))
  end,
  __newindex = set,
}

---@param values? table<string, any>
function M.new(values)
  return setmetatable({ [STATE] = { values = values or {} } }, meta)
end

---From here on writes go to a patch: a step body begins.
function M.begin(context)
  state_of(context).patch = {}
end

---The step body is over: its patch (nil when empty). Nothing is applied yet.
---@return table|nil patch
function M.finish(context)
  local state = state_of(context)
  local patch = state.patch
  state.patch = nil
  return next(patch or {}) ~= nil and json.marked(patch) or nil
end

---Apply a recorded patch.
function M.apply(context, patch)
  local values = state_of(context).values
  for key, value in pairs(patch) do
    if value == json.null then
      values[key] = nil
    else
      values[key] = value
    end
  end
end

return M
