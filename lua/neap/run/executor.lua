-- executor: a run as the graph sees it: steps by key, by callback.
-- Owns no order and no pools: neap.graph decides what starts, this does it durably.

local attempt = require("neap.run.attempt")
local json = require("neap.base.json")
local spec_of = require("neap.run.spec")
local wait = require("neap.run.wait")
local workflow = require("neap.run.workflow")

local M = {}

---@class neap.Executor
local Executor = {}
Executor.__index = Executor

---@param run neap.Run
---@return neap.Executor
function M.new(run)
  return setmetatable({ run = run }, Executor)
end

---Whether anything of the node is on record.
function Executor:has(key)
  return self.run.steps[key] ~= nil
end

---The outcome on record of a node, or nil while it is open. Call it for each node, in the graph's
---own coroutine, before anything starts: other arguments than on record are a divergence.
---@param key string
---@param kind? string
---@param args? any[] identity of the node
---@return { state: string, value: any, failure: neap.Failure?, cause: string? }?
function Executor:recorded(key, kind, args)
  local run = self.run
  local row = run.steps[key]
  if not row then
    return nil
  end
  if row.state == "skipped" then
    kind, args = row.kind, nil
  end
  run:meet(key, kind or row.kind, args and json.encode(args) or row.args)
  return attempt.recorded(run, row)
end

---An attempt at a process, its intent committed now, ahead of a free slot.
---@param key string
---@param spec neap.ProcessSpec|table
---@return neap.Attempt
function Executor:intend(key, spec)
  local row = self.run.steps[key]
  local made = attempt.new(self.run, key, spec_of.of(spec), row)
  if not made.due then
    made:intend()
  end
  return made
end

---Run a Lua node: `fn(w)` in a coroutine of its own, its steps below `key/`.
---@param key string
---@param fn fun(w: neap.Workflow): any
---@param on_done fun(outcome: table)
function Executor:call(key, fn, on_done)
  local run = self.run
  local w = workflow.new(run, key .. "/")
  w.fiber = run:spawn(function()
    return fn(w)
  end, function(ok, value)
    local failure = not ok and workflow.failure_of(value) or nil
    local at = run.journal:at()
    local data = { kind = "task", generation = 1, state = ok and "completed" or "failed",
      reason = ok and "normal" or workflow.tag(failure), value = value,
      failure = failure and workflow.plain(failure) or nil }
    if not ok then
      data.value = nil
    end
    run:record({ at = at, events = { { type = "attempt.ended", step = key, attempt = 1,
      data = data } } }, function()
      run.clock = math.max(run.clock, at)
      on_done { state = data.state, value = value, failure = failure }
    end)
  end)
end

---@param key string
---@param cause string? the node whose end is the reason
---@param on_done fun()
---@param why? string
function Executor:skip(key, cause, on_done, why)
  self.run:record({ events = { { type = "step.skipped", step = key,
    data = { kind = "task", cause = cause, why = why or "need_failed" } } } }, on_done)
end

---Whether nothing new may start: a soft stop or a cancel.
function Executor:stopping()
  return self.run.host.stopping ~= nil or self.run.cancelling
end

---Wait for a message, durably.
---@param on_done fun(payload: any)
---@param about? { question?: string } shown to the person who is waited for
function Executor:receive(key, name, on_done, about)
  local run = self.run
  local w = workflow.new(run, "")
  w.fiber = run:spawn(function()
    return wait.receive(w, key, name, nil, about)
  end, function(ok, payload)
    if ok then
      on_done(payload)
    end
  end)
end

return M
