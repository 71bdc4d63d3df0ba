-- executor: a run as the graph sees it: steps by key, by callback.
-- Owns no order and no pools: neap.graph decides what starts, this does it durably.

local attempt = require("neap.run.attempt")
local cleanup = require("neap.run.cleanup")
local err = require("neap.base.err")
local failure = require("neap.run.failure")
local json = require("neap.base.json")
local native = require("neap.native")
local recorded = require("neap.run.recorded")
local run_of = require("neap.run.run")
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
---@param at? { file: string, line: integer } where the node is declared
---@return neap.Recorded?
function Executor:recorded(key, kind, args, at)
  local run = self.run
  local row = run.steps[key]
  if not row then
    return nil
  end
  if row.state == "skipped" then
    kind, args = row.kind, nil
  end
  run:meet(key, kind or row.kind, args and json.encode_marked(args) or row.args, at)
  return recorded.of(row)
end

---An attempt at a process, its intent committed now, ahead of a free slot.
---@param key string
---@param spec neap.ProcessSpec|table
---@param holds boolean its slot is free when its end is on record, not at its exit
---@return neap.Attempt
function Executor:intend(key, spec, holds)
  local row = self.run.steps[key]
  local made = attempt.new(self.run, key, spec_of.of(spec), row)
  made.holds, made.patient = holds, not holds
  if not made.due then
    made:intend()
  end
  return made
end

---The failure of a Lua node, or nil.
local function failure_of(ok, value)
  if value == run_of.cancelled and not ok then
    return err.failure { reason = "killed", detail = "cancelled", message = "cancelled" }
  elseif not ok then
    return failure.of(value)
  end
  local unfit = value ~= nil and select(2, native.json.encode(value))
  return unfit and err.failure { reason = "crashed", detail = "lua",
    message = "the task returned what JSON cannot hold: " .. unfit.message } or nil
end

---A slot is idle: what is being recorded is waited for.
function Executor:flush()
  self.run.host.store:flush()
end

---Run a Lua node: `fn(w)` in a coroutine of its own, its steps below `key/`.
---@param key string
---@param fn fun(w: neap.Workflow): any
---@param on_done fun(outcome: table)
---@param since? integer ms: when its needs were met
---@param kind? string what the node is on record, default a task
---@param args? any[] its identity
function Executor:call(key, fn, on_done, since, kind, args)
  local run = self.run
  local w = workflow.new(run, key .. "/", since)
  local function record(found, value)
    local at = run.journal:at()
    local data = { kind = kind or "task", args = json.marked(args), generation = 1,
      state = "completed", reason = "normal", value = value }
    if found then
      data.state, data.reason, data.failure = "failed", failure.tag(found), failure.plain(found)
    end
    run:record({ at = at, events = { { type = "attempt.ended", step = key, attempt = 1,
      data = data } } }, function()
      on_done { state = data.state, at = at, value = json.copy(value),
        failure = found and failure.read(data.failure) }
    end)
  end
  w:spawn(fn, function(ok, value, co)
    local found = failure_of(ok, value)
    if not found then
      return record(nil, value)
    end
    failure.placed(found, fn, co)
    cleanup.all(w, function()
      record(found)
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
  workflow.new(run, ""):spawn(function(w)
    return wait.receive(w, key, name, nil, about)
  end, function(ok, payload)
    if ok then
      on_done(payload)
    end
  end)
end

return M
