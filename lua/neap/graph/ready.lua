-- ready: which node is next, among those that may start.
-- Owns the named pools and the order of those that wait for one: explicit priority, then the
-- longest way to the end, then the order of the script. Refuses to know what a node does.

local native = require "neap.native"
local order = require "neap.base.order"

---@class neap.Ready
local Ready = {}
Ready.__index = Ready

local M = {}

---@param graph neap.Graph
---@param dag table native.dag
---@param durations? table<string, number>
---@param settle fun(id: integer): boolean true when the node is dealt with and needs no place
---@return neap.Ready
function M.new(graph, dag, durations, settle)
  local self = setmetatable({ tasks = graph.tasks, dag = dag, settle = settle, pools = {},
    list = {}, parked = 0 }, Ready)
  for name, pool in order.sorted_pairs(graph.pools) do
    self.pools[name] = { slots = native.pool.new(pool.slots), waiting = {} }
    self.list[#self.list + 1] = self.pools[name]
  end
  if #self.list > 0 then
    self.ways = graph:ways(dag, durations)
  end
  return self
end

local function weight(task)
  return task.weight or 1
end

local function before(self, a, b)
  local first, second = self.tasks[a].priority or 0, self.tasks[b].priority or 0
  if first ~= second then
    return first > second
  elseif self.ways[a] ~= self.ways[b] then
    return self.ways[a] > self.ways[b]
  end
  return a < b
end

---Into the order of a pool, by halves.
local function park(self, pool, id)
  local list, low, high = pool.waiting, 1, #pool.waiting + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if before(self, id, list[middle]) then
      high = middle
    else
      low = middle + 1
    end
  end
  table.insert(list, low, id)
  self.parked = self.parked + 1
end

---The pool whose first waiting node is first of all that fit. A heavy one is not overtaken.
local function best(self)
  local chosen
  for _, pool in ipairs(self.list) do
    local id = pool.waiting[1]
    if id and pool.slots:free() >= weight(self.tasks[id])
      and (not chosen or before(self, id, chosen.waiting[1])) then
      chosen = pool
    end
  end
  return chosen
end

local function unpark(self, pool)
  local id = table.remove(pool.waiting, 1)
  pool.slots:take(weight(self.tasks[id]))
  self.parked = self.parked - 1
  return id
end

---The next node; its place in its pool is taken. Nil: none is ready, or no pool has room.
---@return integer?
function Ready:next()
  while true do
    local pool = self.parked > 0 and best(self)
    local id = self.dag:pop()
    if not id then
      return pool and unpark(self, pool) or nil
    elseif not self.settle(id) then
      local own = self.pools[self.tasks[id].pool]
      if pool and before(self, pool.waiting[1], id) then
        self.dag:unpop(id)
        return unpark(self, pool)
      elseif not own then
        return id
      end
      park(self, own, id)
    end
  end
end

---Let go of all that wait for a pool; their nodes, which still run in the plan.
---@return integer[]
function Ready:flush()
  local ids = {}
  for _, pool in ipairs(self.list) do
    for _, id in ipairs(pool.waiting) do
      ids[#ids + 1] = id
    end
    pool.waiting = {}
  end
  self.parked = 0
  return ids
end

---Take the place of a node again, for another attempt.
---@param id integer
---@return boolean taken
function Ready:retake(id)
  local task = self.tasks[id]
  return not task.pool or self.pools[task.pool].slots:take(weight(task))
end

---Give the place of a node back.
---@param id integer
function Ready:give(id)
  local task = self.tasks[id]
  if task.pool then
    self.pools[task.pool].slots:give(weight(task))
  end
end

return M
