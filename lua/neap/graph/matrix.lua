-- matrix: one task, many nodes.
-- Owns the combinations of a matrix, the names of its nodes and the replacing of {name}.
-- Refuses to know graphs.

local check = require "neap.base.check"
local order = require "neap.base.order"
local shell = require "neap.base.shell"

local M = {}

local MOST = 100000 -- nodes of one matrix

local SCALAR = { string = true, number = true, boolean = true }

---What stands in the name of a node for a value: bytes that mean something there are escaped.
local function shown(value)
  return (tostring(value):gsub("[%%/#%[%],=%c]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

local function check_axis(name, list)
  if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
    return ("has %q, which is no name for {…}"):format(tostring(name))
  elseif type(list) ~= "table" or #list == 0 then
    return ("has no list of values for %s"):format(name)
  end
  local seen, count = {}, 0
  for i, value in pairs(list) do
    count = count + 1
    if type(i) ~= "number" or not SCALAR[type(value)] then
      return ("has a value of %s that is no string, number or boolean"):format(name)
    elseif value == "" then
      return ("has an empty value of %s"):format(name)
    elseif type(value) == "string" and value:find("\0", 1, true) then
      return "has a NUL byte in a value of " .. name
    elseif type(value) == "string" and not check.is_utf8(value) then
      return ("has a value of %s that is not UTF-8"):format(name)
    elseif seen[tostring(value)] then
      return ("has %q twice as %s"):format(tostring(value), name)
    end
    seen[tostring(value)] = true
  end
  return count ~= #list and ("has a hole in the values of %s"):format(name) or nil
end

---All combinations, the last axis by name turning fastest, or nil and the problem.
---@param matrix table<string, any[]>
---@return { suffix: string, values: table<string, any> }[]?
---@return string? problem
function M.expand(matrix)
  local combinations, count = { { suffix = "", values = {} } }, 1
  if next(matrix) == nil then
    return nil, "has no names"
  end
  for name, list in order.sorted_pairs(matrix) do
    local problem = check_axis(name, list)
    if problem then
      return nil, problem
    end
    count = count * #list
  end
  if count > MOST then
    return nil, ("makes %.0f nodes, and %d are the most"):format(count, MOST)
  end
  for name, list in order.sorted_pairs(matrix) do
    local wider = {}
    for _, one in ipairs(combinations) do
      for _, value in ipairs(list) do
        local values = { [name] = value }
        for other, kept in pairs(one.values) do
          values[other] = kept
        end
        wider[#wider + 1] = { values = values,
          suffix = ("%s%s%s=%s"):format(one.suffix, one.suffix == "" and "" or ",", name,
            shown(value)) }
      end
    end
    combinations = wider
  end
  for _, one in ipairs(combinations) do
    one.suffix = "[" .. one.suffix .. "]"
  end
  return combinations
end

---`text` with each {name} of the matrix replaced; other braces stay as they are.
---@param text string
---@param values table<string, any>
---@param quoted? boolean for a line of /bin/sh
---@return string
function M.fill(text, values, quoted)
  return (text:gsub("{([%a_][%w_]*)}", function(name)
    local value = values[name]
    if value == nil then
      return nil
    end
    return quoted and shell.quote(tostring(value)) or tostring(value)
  end))
end

return M
