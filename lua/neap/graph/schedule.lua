-- schedule: runs a graph by an executor, a node as soon as its needs are met and a slot is free.
-- Owns what starts next and what is told to the plan when it ends. Everything durable is the
-- executor's; nothing here waits: it is pumped by the callbacks of what it started.

local door = require "neap.graph.door"
local halt = require "neap.graph.halt"
local native = require "neap.native"
local node = require "neap.graph.node"
local ready = require "neap.graph.ready"
local results = require "neap.graph.results"

---@class (exact) neap.ScheduleOpts
---@field jobs? integer nodes that run at once, default 4
---@field durations? table<string, number> measured seconds by name of node, of earlier runs

---@class neap.Schedule
local Schedule = {}
Schedule.__index = Schedule

local M = {}

local JOBS = 4
local FURTHEST = 64 -- nodes that are intended ahead, at most

---@param graph neap.Graph
---@param ex neap.Executor
---@param opts? neap.ScheduleOpts
---@return neap.Schedule
function M.new(graph, ex, opts)
  opts = opts or {}
  local jobs = opts.jobs or JOBS
  local self = setmetatable({
    graph = graph, ex = ex, dag = graph:plan(opts.durations), outcomes = {},
    slots = native.pool.new(jobs), lookahead = jobs,
    in_order = jobs == 1, -- one after the other: what is next is chosen when nothing is in flight
    ahead = {}, -- intended, first to start first
    again = {}, -- due for another attempt
    trying = {}, -- set of those whose process runs, or that wait for another attempt
    asking = {}, approved = {}, cleared = {},
    busy = 0, -- what must call back before the end
  }, Schedule)
  self.ready = ready.new(graph, self.dag, opts.durations, function(id)
    return door.settle(self, id)
  end)
  return self
end

-- what is on record --------------------------------------------------------------------------

local OPEN = { waiting = true, ready = true }

---Take over what earlier processes have finished, and begin the plan with it. To be called in the
---graph's own coroutine, before `start`: a node that is not what is on record ends it here.
function Schedule:recall()
  local graph, ex, dag, outcomes = self.graph, self.ex, self.dag, self.outcomes
  local skipped = {}
  for id, name in ipairs(graph.names) do
    if ex:has(name) then
      local kind, args = node.identity(graph, id)
      local outcome = ex:recorded(name, kind, args, graph.tasks[id])
      if outcome and outcome.state == "skipped" then
        skipped[#skipped + 1], outcomes[id] = id, outcome
      elseif outcome then
        self:finish(id, outcome)
      end
    end
  end
  dag:start()
  for _, id in ipairs(skipped) do
    if OPEN[dag:state(id)] then -- not for its needs' sake
      dag:done(id, "skipped")
    end
  end
end

-- ends -----------------------------------------------------------------------------------------

---A failure of a fail_fast node: nothing new starts, what was intended is skipped.
function Schedule:look_at(id, outcome)
  if outcome.state == "failed" and self.graph.tasks[id].on_failure == "fail_fast" then
    self.failing = self.failing or self.graph.names[id]
  end
end

function Schedule:finish(id, outcome)
  self.outcomes[id] = outcome
  self.dag:done(id, outcome.state)
  self:look_at(id, outcome)
end

---Put a skip on record; the end of the graph waits for it.
function Schedule:record_skip(id, cause, why)
  self.busy = self.busy + 1
  self.outcomes[id] = { state = "skipped", cause = cause }
  self.ex:skip(self.graph.names[id], cause, function()
    self.busy = self.busy - 1
    self:pump()
  end, why)
end

function Schedule:skip(id, cause, why)
  self.dag:done(id, "skipped")
  self:record_skip(id, cause, why)
end

---Nodes that will not run because of what they need.
function Schedule:drain()
  local dag = self.dag
  local id, cause = dag:skipped()
  while id do
    if not self.outcomes[id] then
      self:record_skip(id, self.graph.names[cause], "need_failed")
    end
    id, cause = dag:skipped()
  end
end

---Run Lua as the node, without a slot; its end is the node's.
function Schedule:call(id, fn, after)
  self.busy = self.busy + 1
  self.ex:call(self.graph.names[id], fn, function(outcome)
    self.busy = self.busy - 1
    if after then
      after()
    end
    self:finish(id, outcome)
    self:pump()
  end, results.since(self.graph, id, self.outcomes), node.identity(self.graph, id))
end

-- starting -------------------------------------------------------------------------------------

---Commit the intent of a node ahead of its slot; Lua nodes need none.
function Schedule:intend(id)
  local entry = { id = id, holds = false }
  if node.form(self.graph.tasks[id]) == "process" then
    entry.attempt = self.ex:intend(self.graph.names[id], node.spec(self.graph, id), self.in_order)
  end
  self.ahead[#self.ahead + 1] = entry
end

function Schedule:vacate(entry)
  if entry.holds then
    entry.holds = false
    self.slots:give(1)
    self.ready:give(entry.id)
  end
end

---Start an attempt. A slot that has to wait for the disk, while more could have been intended,
---says that processes are shorter than commits: look further ahead.
function Schedule:attempt(entry)
  self.busy = self.busy + 1
  self.trying[entry] = true
  local waits = entry.attempt:start(function(outcome)
    self.busy = self.busy - 1
    self.trying[entry] = nil
    self:vacate(entry)
    self:finish(entry.id, outcome)
    self:pump()
  end, function()
    self:vacate(entry)
    self:pump()
  end, function()
    self.busy = self.busy - 1
    self.trying[entry] = nil
    self.again[#self.again + 1] = entry
    self:pump()
  end)
  if self.full and waits and self.lookahead < FURTHEST then
    self.lookahead = self.lookahead + 1
  end
end

function Schedule:begin(entry)
  entry.holds = true
  if entry.attempt then
    return self:attempt(entry)
  end
  local id, graph = entry.id, self.graph
  local run, values = graph.tasks[id].run, graph.values[id]
  local seen = results.of_needs(graph, id, self.outcomes)
  self:call(id, function(w)
    return run(w, seen, values)
  end, function()
    self:vacate(entry)
  end)
end

---The next to start: another attempt whose pool has room, else what was intended first.
function Schedule:take()
  for i, entry in ipairs(self.again) do
    if self.ready:retake(entry.id) then
      return table.remove(self.again, i)
    end
  end
  return table.remove(self.ahead, 1)
end

---Start what has a slot, and intend what comes next.
function Schedule:fill()
  while true do
    while #self.ahead + #self.again > 0 and self.slots:take(1) do
      local entry = self:take()
      if not entry then
        self.slots:give(1)
        break
      end
      self:begin(entry)
    end
    self.full = #self.ahead >= (self.in_order and self.slots:free() or self.lookahead)
      and not self.failing
    local id = not self.full and self.ready:next()
    if not id then
      break
    end
    self:intend(id)
  end
  if self.slots:free() > 0 then
    self.ex:flush()
  end
end

-- the loop --------------------------------------------------------------------------------------

function Schedule:step()
  self:drain()
  if self.ex:stopping() then
    halt.withdraw(self)
    self.stopped = true
    return
  end
  if self.failing then
    halt.give_up(self)
  end
  self:fill()
  self:drain()
end

---Go on as far as possible: after every end, and whenever a stop was asked for.
function Schedule:pump()
  if self.pumping then
    self.more = true
    return
  end
  self.pumping = true
  repeat
    self.more = false
    self:step()
  until not self.more
  self.pumping = false
  if self.busy == 0 and self.on_end and (self.stopped or self.dag:finished()) then
    local on_end = self.on_end
    self.on_end = nil
    on_end(self:result())
  end
end

---@class neap.GraphResult
---@field state "completed"|"failed"|"stopped"
---@field completed integer
---@field failed integer
---@field skipped integer
---@field failure? neap.Failure

---@return neap.GraphResult
function Schedule:result()
  local counts = self.dag:counts()
  local failure = results.failure(self.graph, self.outcomes)
  return { state = not self.dag:finished() and "stopped" or failure and "failed" or "completed",
    completed = counts.completed, failed = counts.failed, skipped = counts.skipped,
    failure = failure }
end

---Run to the end; `on_end` is called once, when everything is on record.
---@param on_end fun(result: neap.GraphResult)
function Schedule:start(on_end)
  self.on_end = on_end
  self:pump()
end

return M
