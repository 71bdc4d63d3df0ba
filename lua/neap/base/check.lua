-- Checks of what people write: option tables and names.
-- Owns the schema language, the nearest known name and the line of a key. Every refusal is a
-- usage error that names the path and points into the script. Refuses to know what options mean.

local duration = require "neap.base.duration"
local err = require "neap.base.err"
local native = require "neap.native"
local nearest = require "neap.base.nearest"
local order = require "neap.base.order"

local M = { where = err.where, nearest = nearest.find, help = nearest.help }

local RESERVED = { ["."] = true, [".."] = true, neap = true, store = true }

---The first line at or after `from_line` that sets `key`; else `from_line`.
---@param file string?
---@param from_line integer?
---@param key any
---@return integer?
function M.line_of(file, from_line, key)
  local handle = file and from_line and type(key) == "string" and io.open(file, "r")
  if not handle then
    return from_line
  end
  local word = key:gsub("%p", "%%%0")
  local n, found = 0, nil
  for text in handle:lines() do
    n = n + 1
    if n >= from_line and ((" " .. text):find("[^%w_.]" .. word .. "%s*=[^=]")
        or (" " .. text):find("[^%w_.]" .. word .. "%s*=$")
        or text:find("%[%s*[\"']" .. word .. "[\"']%s*%]%s*=")) then
      found = n
      break
    end
  end
  handle:close()
  return found or from_line
end

local function strings(value)
  local list, count = {}, 0
  for i, item in pairs(type(value) == "string" and { value } or type(value) == "table" and value
    or { false }) do
    if type(i) ~= "number" or type(item) ~= "string" then
      return nil, "must be a string or a list of strings"
    end
    list[i], count = item, count + 1
  end
  if count ~= #list then
    return nil, "must be a list of strings without holes"
  end
  return list
end

local function integer(value)
  if type(value) == "number" and value == math.floor(value) and math.abs(value) <= 2 ^ 53 then
    return value
  end
  return nil, "must be an integer"
end

local PARSERS = {
  duration = duration.parse,
  integer = integer,
  money = duration.parse_money,
  size = duration.parse_size,
  strings = strings,
  any = function(value)
    return value
  end,
}

local function one_of(value, list)
  for _, known in ipairs(list) do
    if value == known then
      return value
    end
  end
  return nil, ('must be one of "%s"'):format(table.concat(list, '", "'))
end

---The value as `kind` (one entry of a schema) wants it, or nil and the problem.
local function convert(value, kind)
  if type(kind) == "function" then
    return kind(value)
  elseif type(kind) == "table" then
    return one_of(value, kind)
  elseif PARSERS[kind] then
    return PARSERS[kind](value)
  elseif type(value) ~= kind then
    return nil, ("must be a %s"):format(kind)
  end
  return value
end

local SHOWN = 80 -- bytes of a wrong text

---A wrong value on one line.
---@param value any
---@return string
local function shown(value)
  if type(value) == "string" then
    return (("%q%s"):format(value:sub(1, SHOWN), #value > SHOWN and "…" or ""):gsub("\n", "n"))
  end
  return (type(value) == "table" or type(value) == "function") and "a " .. type(value)
    or tostring(value)
end
M.shown = shown

---Whether a text can go on record.
---@param text string
---@return boolean
function M.is_utf8(text)
  return not text:find("[\128-\255]") or native.json.encode(text) ~= nil
end

---Words that were written as one text, as they are written in Lua: `"a", "b"`.
---@param text string
---@param pattern? string of a word, default what is between spaces
---@return string? list nil: it is one word
function M.listed(text, pattern)
  local words = {}
  for word in text:gmatch(pattern or "%S+") do
    words[#words + 1] = ("%q"):format(word)
  end
  return words[2] and table.concat(words, ", ")
end

---A checked copy of `given`: unknown keys and wrong values are refused, durations, money and
---sizes become numbers, "strings" become lists. The array part is copied when `schema[1]`.
---@param path string what is being configured, e.g. 'task "build"'
---@param given table?
---@param schema table<any, string|table|function|boolean>
---@param at? { file?: string, line?: integer } where it was written; default the script's line
---@return table
function M.options(path, given, schema, at)
  at = at or {}
  local function refuse(key, message, help)
    local file, line = at.file, at.line
    if not file then
      file, line = err.where()
    end
    err.usage(message, { file = file, line = M.line_of(file, line, key), help = help })
  end
  if given ~= nil and type(given) ~= "table" then
    refuse(nil, ("%s: options must be a table, not %s"):format(path, shown(given)))
  end
  local out = {}
  for key, value in order.sorted_pairs(given or {}) do
    if type(key) == "number" and schema[1] then
      out[key] = value
    elseif schema[key] == nil or type(key) == "number" then
      local known = {}
      for name in order.sorted_pairs(schema) do
        known[#known + 1] = type(name) == "string" and name or nil
      end
      refuse(key, ("%s: unknown option %s"):format(path, shown(key)),
        M.help(tostring(key), known, "options"))
    else
      local converted, problem = convert(value, schema[key])
      if converted == nil then
        refuse(key, ("%s.%s: %s, not %s"):format(path, key, problem, shown(value)))
      end
      out[key] = converted
    end
  end
  return out
end

---The second half of `form "name" { … }`: its mistakes point at the name where that is a tail call.
---@param fn function
---@return function
function M.form(fn)
  local file, line = err.where()
  return function(...)
    return err.from(file, line, fn, ...)
  end
end

---A count: a whole number, 1 or more.
---@param value any
---@return integer?
---@return string? problem
function M.count(value)
  if type(value) ~= "number" or value < 1 or value % 1 ~= 0 then
    return nil, "must be a whole number, 1 or more"
  elseif value >= 2 ^ 31 then
    return nil, "must be at most 2147483647"
  end
  return value
end

---Refuses a name that cannot be a key of the journal; returns it otherwise.
---@param kind string what is named, e.g. "step"
---@param name any
---@param at? { file?: string, line?: integer }
---@return string
function M.name(kind, name, at)
  local problem
  if type(name) ~= "string" then
    problem = ("must be a string, not %s"):format(shown(name))
  elseif name == "" then
    problem = "must not be empty"
  elseif #name > 200 then
    problem = "must not be longer than 200 bytes"
  elseif name:find("%W") and name:find("[/#%[%]%c]") then
    problem = shown(name) .. " must not hold / # [ ] or control characters"
  elseif not M.is_utf8(name) then
    problem = "must be UTF-8"
  elseif RESERVED[name] then
    problem = ("%q is reserved"):format(name)
  end
  if problem then
    at = at or {}
    err.usage(("the name of a %s %s"):format(kind, problem), { file = at.file, line = at.line })
  end
  return name
end

return M
