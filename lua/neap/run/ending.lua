-- ending: how a run begins and ends around its function.
-- Owns the last event of a run and the clean-ups before it: each is a step, so that it is done once
-- whatever comes between.

local err = require("neap.base.err")
local failure = require("neap.run.failure")
local json = require("neap.base.json")
local native = require("neap.native")
local run_of = require("neap.run.run")
local workflow = require("neap.run.workflow")

local M = {}

---A return value as it is kept, or nil and the failure that it cannot be.
local function result_of(value)
  local problem = value ~= nil and select(2, native.json.encode(value))
  if problem then
    return nil, err.failure { reason = "crashed", detail = "lua",
      message = "the workflow returned what JSON cannot hold: " .. problem.message }
  end
  return value
end

---The failure behind what was raised, or nil when it is the cancel.
local function failure_of(run, raised)
  if raised == run_of.cancelled then
    return nil
  end
  local found = failure.of(raised)
  if run.cancelling and failure.tag(found) == "killed.cancelled" then
    return nil
  end
  return found
end

local function finish(run, found)
  if not found then
    return run:finish("run.cancelled", {})
  end
  local stalls = found.step and not found.final and found.reason ~= "rejected"
  run:finish(stalls and "run.stalled" or "run.failed", { failure = failure.brief(found) })
end

---The outcome of one clean-up, on record.
local function record(run, key, ok, value, fn)
  local found = not ok and failure.of(value) or nil
  run:record({ events = { { type = "attempt.ended", step = key, attempt = 1, data = {
    kind = "cleanup", generation = 1, state = ok and "completed" or "failed",
    reason = ok and "normal" or failure.tag(found),
    failure = found and failure.plain(found) } } } }, fn)
end

---Run the clean-ups from the i-th on down; an error in one does not stop the others.
local function clean_up(run, main, i, done)
  local fn, key = run.cleanups[i], "cleanup#" .. i
  if not fn then
    return done()
  elseif run:meet(key, "cleanup") then
    return clean_up(run, main, i - 1, done)
  end
  local w = workflow.new(run, key .. "/", main.clock)
  w.context, w.cleaning = main.context, true
  w:spawn(fn, function(ok, value)
    record(run, key, ok, value, function()
      clean_up(run, main, i - 1, done)
    end)
  end)
end

---Begin (or go on with) a run: call its function with a `w`.
---@param run neap.Run
---@param fn function
---@param args any[]
function M.begin(run, fn, args)
  local given = json.copy(json.array(args))
  local main = workflow.new(run, "")
  main:spawn(function(w)
    return fn(w, unpack(given, 1, #args))
  end, function(ok, value)
    local result, unfit
    if ok then
      result, unfit = result_of(value)
      if not unfit then
        return run:finish("run.completed", { result = result })
      end
    end
    local found = unfit or failure_of(run, value)
    clean_up(run, main, #run.cleanups, function()
      finish(run, found)
    end)
  end)
end

return M
