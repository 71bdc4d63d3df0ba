-- The keys of a task: what each may hold, and what it becomes.
-- Owns this one table; refuses to know tasks and graphs. A check returns the value to keep, or nil
-- and what is wrong with it, and is cheap, since a graph may hold 100,000 tasks.

local check = require "neap.base.check"
local duration = require "neap.base.duration"
local table_of = require "table.new"

local M = {}

local MODES = { hard = true, soft = true, skip = true }

local known_durations = {}

local function seconds(value)
  local known = known_durations[value]
  if known then
    return known
  end
  local parsed, problem = duration.parse(value)
  if parsed and type(value) == "string" then
    known_durations[value] = parsed
  end
  return parsed, problem
end

local function of_type(kind)
  local problem = "must be a " .. kind
  return function(value)
    if type(value) == kind then
      return value
    end
    return nil, problem
  end
end

local function text(value)
  if type(value) ~= "string" or value == "" then
    return nil, "must be a string that is not empty"
  elseif value:find("%z") then
    return nil, "has a NUL byte"
  end
  return value
end

---Text that goes on record.
local function words(value)
  if type(value) == "string" and not check.is_utf8(value) then
    return nil, "must be UTF-8"
  end
  return text(value)
end

local function line(value)
  if type(value) == "string" and not value:find("%S") then
    return text("")
  end
  return text(value)
end

local function number(value)
  if type(value) == "number" and value == value and math.abs(value) < math.huge then
    return value
  end
  return nil, "must be a finite number"
end

local NEEDS = 'must be a name or a list of names such as { "a", "b", on_failure = "soft" }'

---Appends the names of one list to `out`; each with the mode of its list, where one is given.
local function add_needs(out, list, inherited, nested)
  local mode, names, top = inherited, 0, 0
  for key, value in pairs(list) do
    if type(key) == "number" then
      names, top = names + 1, key > top and key or top
    elseif key ~= "on_failure" then
      return ("has the unknown key %q; %s"):format(tostring(key), NEEDS)
    elseif not MODES[value] then
      return ('has on_failure = %q, must be "hard", "soft" or "skip"'):format(tostring(value))
    else
      mode = value
    end
  end
  if names ~= top then
    return "has a hole: one of its names is nil"
  end
  for i = 1, top do
    local name, problem = list[i], nil
    if type(name) == "string" then
      local n = #out + 1
      out[n] = name
      if mode then
        out.modes = out.modes or {}
        out.modes[n] = mode
      end
    elseif type(name) == "table" and not nested then
      problem = add_needs(out, name, mode, true)
    else
      problem = NEEDS
    end
    if problem then
      return problem
    end
  end
end

local function needs(value)
  if type(value) == "string" then
    return { value }
  elseif type(value) ~= "table" then
    return nil, NEEDS
  end
  local out = table_of(#value, 0)
  local problem = add_needs(out, value)
  if problem then
    return nil, problem
  end
  return out
end

local function env(value)
  if type(value) ~= "table" then
    return nil, "must be a table of names and values"
  end
  local out = {}
  for name, item in pairs(value) do
    if type(name) ~= "string" or name == "" or name:find("[=%z]") then
      return nil, ("has %q, which cannot be the name of a variable"):format(tostring(name))
    elseif type(item) ~= "string" and type(item) ~= "number" and type(item) ~= "boolean" then
      return nil, ("has a %s as the value of %s"):format(type(item), name)
    end
    out[name] = tostring(item)
    if out[name]:find("%z") then
      return nil, "has a NUL byte in the value of " .. name
    end
  end
  return out
end

local FAILURES = { hard = "hard", soft = "soft", skip = "skip", fail_fast = "fail_fast" }

local function on_failure(value)
  return FAILURES[value], 'must be "hard", "soft", "skip" or "fail_fast"'
end

local function run(value)
  if type(value) == "function" or type(value) == "table" and value.kind and value.argv then
    return value
  end
  return nil, 'must be a function or a task of an agent (a command is task "x" (gh { … }))'
end

---Of every task: how and when it runs.
M.task = {
  approve = words,
  attempts = check.count,
  cwd = text,
  env = env,
  grace = seconds,
  matrix = of_type "table",
  needs = needs,
  on_failure = on_failure,
  pool = text,
  priority = number,
  retry = function(value)
    return value
  end,
  run = run,
  sh = line,
  silence = seconds,
  stdin = of_type "string",
  timeout = seconds,
  weight = check.count,
  when = of_type "function",
}

---Keys that only a command has; the steps inside a function have their own.
M.of_commands = { "attempts", "cwd", "env", "grace", "retry", "silence", "stdin", "timeout" }

---Of task.default: what may hold for every task alike.
M.default = {}
for _, name in ipairs { "attempts", "cwd", "env", "grace", "on_failure", "pool", "priority",
  "retry", "silence", "timeout", "weight" } do
  M.default[name] = M.task[name]
end

---Of task.pool.
M.pool = { slots = check.count }

return M
