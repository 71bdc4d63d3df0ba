-- `task`: how a script declares its graph.
-- Owns the words task, task.pool and task.default and the checks of each alone; what only shows
-- when all tasks are known is graph/graph's. Every refusal points at the line of the task's name.

local check = require "neap.base.check"
local checks = require "neap.graph.checks"
local err = require "neap.base.err"
local graph = require "neap.graph.graph"
local keys = require "neap.graph.keys"
local order = require "neap.base.order"

---@class neap.Task what was declared; keys that are missing come from task.default
---@field name string
---@field file string
---@field line integer where the name was given
---@field given? table the user's table; its array part is the argv
---@field argv_count integer

---@class neap.Declared all that one script declared
---@field tasks neap.Task[]
---@field by_name table<string, neap.Task>
---@field pools table<string, table>
---@field default table

local M = {}

local where = err.where

local current ---@type table? what the script that loads now has declared

---The place where the script gives a name now.
local function place(thing)
  thing.file, thing.line = where()
end

---The second call: `task "x" { … }`.
local function define(task, given)
  if task.given then
    checks.refuse(task, nil, ('task "%s" is given a second table'):format(task.name))
  elseif type(given) ~= "table" then
    checks.refuse(task, nil, ('task "%s" needs a table, not a %s'):format(task.name, type(given)))
  end
  local schema, top, seen = keys.task, 0, 0
  for key, value in pairs(given) do
    local accept = schema[key]
    if accept then
      local kept = accept(value)
      if kept == nil then
        checks.explain(task, ('task "%s"'):format(task.name), given, schema)
      end
      task[key] = kept
    elseif type(key) == "number" then
      seen, top = seen + 1, key > top and key or top
    else
      checks.explain(task, ('task "%s"'):format(task.name), given, schema)
    end
  end
  checks.argv(task, given, top, seen)
  task.given, task.argv_count = given, top
  checks.form(task, top)
  local attempts, policy = rawget(task, "attempts"), rawget(task, "retry")
  if attempts or policy ~= nil then
    task.policy = checks.retry(task, ('task "%s"'):format(task.name), attempts, policy)
  end
  return task
end

local function declared()
  if not current then
    err.usage("task: no graph is being loaded here",
      { help = "tasks are declared at the top level of a script, for `neap run FILE`" })
  end
  return current
end

---The first call: `task "x"`.
local function declare(_, name)
  local all = declared()
  -- every field in the constructor: 100,000 tables that never grow
  local task = setmetatable({ name = name, file = false, line = 0, given = false, argv_count = 0,
    first = 0, last = 0, needs = nil }, all.class)
  place(task)
  check.name("task", name, task)
  local twin = all.by_name[name]
  if twin then
    checks.refuse(task, nil, ('task "%s" is already defined'):format(name),
      "the first is at " .. checks.place(twin, task))
  end
  all.by_name[name] = task
  all.tasks[#all.tasks + 1] = task
  return task
end

-- Called from each line of a script once: compiled code is for the line it came from, and 10,000
-- tasks would have it made 100 times in vain.
jit.off(declare)
jit.off(define)

local task = setmetatable({}, { __call = declare })

---`task.pool "name" { slots = n }`: at most n of its tasks (by weight) run at once.
---@param name string
---@return fun(given: { slots: integer })
function task.pool(name)
  local all = declared()
  local pool = { name = name }
  place(pool)
  check.name("pool", name, pool)
  local twin = all.pools[name]
  if twin then
    checks.refuse(pool, nil, ('pool "%s" is already defined'):format(name),
      "the first is at " .. checks.place(twin, pool))
  end
  all.pools[name] = pool
  return function(given)
    local what = ('pool "%s"'):format(name)
    if type(given) ~= "table" or given.slots == nil then
      checks.refuse(pool, nil, what .. " needs its slots", "write { slots = 2 }")
    end
    checks.explain(pool, what, given, keys.pool)
    pool.slots = given.slots
  end
end

---`task.default { … }`: what holds for every task of the script that does not say otherwise.
---@param given table
function task.default(given)
  local all = declared()
  local default = all.default
  if default.line then
    local twin = {}
    place(twin)
    checks.refuse(twin, nil, "task.default is given twice",
      "the first is at " .. checks.place(default, twin))
  end
  place(default)
  if type(given) ~= "table" then
    checks.refuse(default, nil, "task.default needs a table")
  end
  checks.explain(default, "task.default", given, keys.default)
  for key, value in pairs(given) do
    default[key] = keys.default[key](value)
  end
  if default.retry ~= nil or default.attempts then
    default.policy = checks.retry(default, "task.default", default.attempts, default.retry)
  end
end

M.task = task

local function finish(all)
  for _, one in ipairs(all.tasks) do
    if not one.given then
      checks.refuse(one, nil, ('task "%s" has no table'):format(one.name),
        ('write task "%s" { … }'):format(one.name))
    end
  end
  for _, pool in order.sorted_pairs(all.pools) do
    if not pool.slots then
      checks.refuse(pool, nil, ('pool "%s" has no table'):format(pool.name), "write { slots = 2 }")
    end
  end
  return #all.tasks > 0 and graph.build(all) or nil
end

---Run the body of a script and collect what it declares. Raises nothing.
---@param file string
---@param load fun(): any
---@return boolean ok
---@return any value what `load` returned, or the problem
---@return neap.Graph? graph checked as a whole; nil when no task was declared
function M.collect(file, load)
  local default = {}
  local all = { tasks = {}, by_name = {}, pools = {}, file = file, default = default,
    class = { __call = define, __index = default } }
  local outer = current
  current = all
  local ok, value = pcall(load)
  current = outer
  if not ok then
    return false, value
  end
  local checked, made = pcall(finish, all)
  if not checked then
    return false, made
  end
  return true, value, made
end

return M
