-- Durable JSON for Lua code: the native codec, with values that cannot be held raised as mistakes.
-- Owns no format; see neap.native.json for what is exact and what is refused.

local err = require "neap.base.err"
local native = require("neap.native").json

local M = {
  null = native.null,
  array = native.array,
  bytes = native.bytes,
  equal = native.equal,
}

---Canonical text of `value`; raises a usage error that names the path JSON cannot hold.
---@param value any
---@param opts? { outer?: boolean, pretty?: boolean }
---@return string
function M.encode(value, opts)
  local text, problem = native.encode(value, opts)
  if not text then
    err.usage(problem.message)
  end
  return text
end

---The value of `text`; raises when it is no JSON.
---@param text string
---@return any
function M.decode(text)
  local value, problem = native.decode(text)
  if value == nil then
    error(problem.message, 2)
  end
  return value
end

---A deep copy as the journal would give it back; raises like `encode`.
---@generic T
---@param value T
---@return T
function M.copy(value)
  if value == nil then
    return nil
  end
  local copy, problem = native.copy(value)
  if copy == nil then
    err.usage(problem.message)
  end
  return copy
end

---`value` where JSON can hold it; else a copy in which strings that are no text are marked as
---bytes. What else it cannot hold is left for `encode` to refuse.
---@generic T
---@param value T
---@param seen? table tables above this one
---@return T
function M.marked(value, seen)
  if value == nil or native.encode(value) then
    return value
  elseif type(value) == "string" then
    return native.bytes(value)
  elseif type(value) ~= "table" or seen and seen[value] then
    return value
  end
  seen = seen or {}
  seen[value] = true
  local copy = setmetatable({}, getmetatable(value))
  for name, field in next, value do
    rawset(copy, name, M.marked(field, seen))
  end
  return copy
end

---The same, and what JSON cannot hold raises like `encode`.
---@generic T
---@param value T
---@return T
function M.storable(value)
  if value == nil or native.encode(value) then
    return value
  end
  value = M.marked(value)
  M.encode(value)
  return value
end

---Canonical text of `marked(value)`.
---@param value any
---@param opts? { outer?: boolean }
---@return string
function M.encode_marked(value, opts)
  return native.encode(value, opts) or M.encode(M.marked(value), opts)
end

return M
