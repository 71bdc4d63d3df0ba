-- define: every event, its projection and the tables behind them, defined once.
-- Owns the catalogue and the check of a payload against it. Refuses to know what an event is
-- for: nouns bring their own (neap.event.catalogue brings those of runs and steps).

local M = {}

---@class neap.EventSpec
---@field version? integer version of the payload, default 1
---@field doc string one sentence: what is true once it is on record
---@field fields table<string, string> name -> "string" | "number" | "boolean" | "table" | "any",
---  "?" behind = optional
---@field projection? string[] SQL with :seq :run :n :type :at :step :attempt :fence :actor :cause
---  :command :data

local events = {} ---@type table<string, neap.EventSpec>
local projected = {} ---@type string[]
local schema = {} ---@type string[]
local statements = {} ---@type table<string, string>

---Define an event type, once.
---@param type string past tense, "noun.verb"
---@param spec neap.EventSpec
function M.define(type, spec)
  assert(not events[type], "event defined twice: " .. type)
  spec.version = spec.version or 1
  spec.kinds, spec.needed = {}, {}
  for name, kind in pairs(spec.fields) do
    spec.kinds[name] = kind:match "^[^?]+"
    if spec.kinds[name] == kind then
      table.insert(spec.needed, name)
    end
  end
  events[type] = spec
end

---A table that is derived from events: emptied and refilled by `neap rebuild`.
---@param name string
---@param create string "CREATE TABLE IF NOT EXISTS …"
function M.tables(name, create)
  projected[#projected + 1] = name
  schema[#schema + 1] = create
end

---A named statement for guards and writes of a commit.
---@param name string
---@param sql string with named parameters
function M.statement(name, sql)
  assert(not statements[name], "statement defined twice: " .. name)
  statements[name] = sql
end

---What is wrong with `data` as a payload of `type`, or nil.
---@return string|nil problem
function M.problem(type, data)
  local spec = events[type]
  if not spec then
    return "no event is called " .. type
  end
  for _, name in ipairs(spec.needed) do
    if data[name] == nil then
      return type .. " needs " .. name
    end
  end
  for name, value in pairs(data) do
    local kind = spec.kinds[name]
    if not kind then
      return type .. " has no field " .. tostring(name)
    elseif kind ~= "any" and _G.type(value) ~= kind then
      return type .. "." .. name .. " is a " .. _G.type(value) .. ", not a " .. kind
    end
  end
end

---The catalogue, for documents and faces.
---@return table<string, neap.EventSpec>
function M.all()
  return events
end

---Hand everything defined so far to a store, before its first commit.
function M.install(store)
  local projections = {}
  for type, spec in pairs(events) do
    projections[type] = spec.projection
  end
  return store:define({
    tables = projected,
    schema = table.concat(schema, ";\n"),
    projections = projections,
    statements = statements,
  })
end

return M
