-- The graph of a script: its nodes and what each needs, checked as a whole.
-- Owns the step from tasks to nodes (a matrix makes many of one) and the refusals that need all
-- tasks: unknown needs and pools, circles. The order of the work itself is native.dag's.

local check = require "neap.base.check"
local checks = require "neap.graph.checks"
local matrix = require "neap.graph.matrix"
local native = require "neap.native"
local order = require "neap.base.order"

---@class neap.Graph nodes are numbered from 1, in the order of the script
---@field file string the script
---@field names string[] by node: the task's name, with [axis=value] for a matrix
---@field tasks neap.Task[] by node
---@field values table<integer, table<string, any>> by node of a matrix
---@field ids table<string, integer> node of a matrix by name
---@field by_name table<string, neap.Task>
---@field pools table<string, { slots: integer }>
---@field declared neap.Task[]
local Graph = {}
Graph.__index = Graph

local M = {}

local function add_node(self, task, name, values)
  local id = #self.names + 1
  self.names[id], self.tasks[id], self.values[id] = name, task, values
  return id
end

local function expand(self, task)
  local combinations, problem = matrix.expand(task.matrix)
  if not combinations then
    checks.refuse(task, "matrix", ('task "%s".matrix: %s'):format(task.name, problem))
  end
  for _, one in ipairs(combinations) do
    local name = task.name .. one.suffix
    self.ids[name] = add_node(self, task, name, one.values)
  end
end

local function refuse_pool(self, task)
  local names, pool = {}, self.pools[task.pool]
  for name in order.sorted_pairs(self.pools) do
    names[#names + 1] = name
  end
  if pool then
    checks.refuse(task, "weight", ('task "%s" weighs %d, but pool "%s" has only %d slots'):format(
      task.name, task.weight, task.pool, pool.slots))
  end
  checks.refuse(task, "pool", ('task "%s" is for pool "%s", but no pool has that name'):format(
    task.name, task.pool), #names > 0 and check.help(task.pool, names, "pools")
      or ('write task.pool "%s" { slots = 2 }'):format(task.pool))
end

local function add_nodes(self)
  for _, task in ipairs(self.declared) do
    task.first = #self.names + 1
    if task.matrix then
      expand(self, task)
    else
      add_node(self, task, task.name)
    end
    task.last = #self.names
    if task.pool then
      local pool = self.pools[task.pool]
      if not pool or (task.weight or 1) > pool.slots then
        refuse_pool(self, task)
      end
    elseif (rawget(task, "weight") or 1) > 1 then
      checks.refuse(task, "weight", ('task "%s" weighs %d, but is for no pool'):format(task.name,
        task.weight), 'write pool = "…"')
    end
  end
end

local function refuse_need(self, task, need)
  local whole = self.by_name[need:match("^[^%[]*")]
  if whole and whole.name ~= need then
    checks.refuse(task, "needs", ('task "%s" needs "%s", but "%s" has no such node'):format(
      task.name, need, whole.name), whole.matrix and ('one of its nodes is "%s"'):format(
        self.names[whole.first]) or ('"%s" has no matrix'):format(whole.name))
  end
  local names = {}
  for _, other in ipairs(self.declared) do
    names[#names + 1] = other ~= task and other.name or nil
  end
  local nearest = check.nearest(need, names)
  local near = self.by_name[nearest]
  local list = check.listed(need, need:find(",", 1, true) and "%s*([^,]+)")
  checks.refuse(task, "needs", ('task "%s" needs "%s", but no task has that name'):format(task.name,
    need), near and ('did you mean "%s"? (%s)'):format(near.name, checks.place(near, task))
      or list and ("a list is written { %s }"):format(list))
end

---The nodes that a name stands for: all of a matrix, or one.
local function range(self, need)
  local task = self.by_name[need]
  if task then
    return task.first, task.last
  end
  local id = self.ids[need]
  return id, id
end

---The node of a name.
---@param name string
---@return integer?
function Graph:id(name)
  local first = range(self, name)
  return self.names[first] == name and first or nil
end

---What the needs of a task are when they end badly, seen from the task.
local function mode_of(task, i, on)
  local mode = task.needs.modes and task.needs.modes[i] or on.on_failure
  return (mode == "soft" or mode == "skip") and mode or "hard"
end

---Calls `fn(on, mode)` for each node that `id` needs, however often its task lists it.
---@param id integer
---@param fn fun(on: integer, mode: string)
function Graph:each_need(id, fn)
  local task, told = self.tasks[id], {}
  for i, need in ipairs(task.needs or {}) do
    local first, last = range(self, need)
    for on = first, last do
      local mode = mode_of(task, i, self.tasks[on])
      if told[on] ~= mode then
        told[on] = mode
        fn(on, mode)
      end
    end
  end
end

---Append what a node needs to a flat list: node, needed node, mode.
local function add_needs(self, list, id, task)
  local needs, n = task.needs, #list
  for i = 1, #needs do
    local first, last = range(self, needs[i])
    if not first then
      refuse_need(self, task, needs[i])
    elseif first <= id and id <= last then
      checks.refuse(task, "needs", ('task "%s" needs itself'):format(task.name))
    end
    for on = first, last do
      list[n + 1], list[n + 2], list[n + 3] = id, on, mode_of(task, i, self.tasks[on])
      n = n + 3
    end
  end
end

local function refuse_circle(self, ids)
  local least = 1
  for i = 2, #ids do
    least = ids[i] < ids[least] and i or least
  end
  local names = {}
  for i = 0, #ids do
    names[i + 1] = self.names[ids[(least - 1 + i) % #ids + 1]]
  end
  local task = self.tasks[ids[least]]
  checks.refuse(task, "needs", ('task "%s" needs itself in the end: %s'):format(names[1],
    table.concat(names, " -> ")))
end

---A fresh plan over the nodes; their numbers are the ids.
local function plan(self)
  local tasks, priorities, needs = self.tasks, {}, {}
  for id = 1, #tasks do
    local task = tasks[id]
    priorities[id] = task.priority
    if task.needs then
      add_needs(self, needs, id, task)
    end
  end
  return native.dag.of(#tasks, priorities, needs)
end

---A plan to run, not started: made anew but the first time.
---@param durations? table<string, number> measured seconds by name of node
---@return table native.dag
function Graph:plan(durations)
  local dag = self.fresh or plan(self)
  self.fresh = nil
  for name, seconds in pairs(durations or {}) do
    local id = self:id(name)
    if id then
      dag:weigh(id, seconds)
    end
  end
  return dag
end

---The longest chain of nodes, first one first, and its seconds.
---@param durations? table<string, number>
---@return integer[] ids, number seconds
function Graph:critical_path(durations)
  local dag = self:plan(durations)
  if not durations then
    self.fresh = dag
  end
  return dag:critical_path()
end

---How long the longest way from each node to the end is, its own time included.
---@param dag table native.dag
---@param durations? table<string, number>
---@return number[]
function Graph:ways(dag, durations)
  local way, after, sorted = {}, {}, dag:order()
  for i = #sorted, 1, -1 do
    local id = sorted[i]
    local length = (after[id] or 0) + (durations and durations[self.names[id]] or 1)
    way[id] = length
    self:each_need(id, function(on)
      after[on] = math.max(after[on] or 0, length)
    end)
  end
  return way
end

---The graph of what a script declared. Raises a usage error for what cannot be run.
---@param all neap.Declared
---@return neap.Graph
function M.build(all)
  local self = setmetatable({ names = {}, tasks = {}, values = {}, ids = {},
    file = all.file, by_name = all.by_name, pools = all.pools, declared = all.tasks }, Graph)
  add_nodes(self)
  local dag = plan(self)
  local ok, ids = dag:check()
  if not ok then
    refuse_circle(self, ids)
  end
  self.fresh = dag
  return self
end

return M
