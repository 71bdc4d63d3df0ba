-- ending: how a run begins and ends around its function.
-- Owns the last event of a run, and that its clean-ups come before it. A stalled run is not over:
-- a person may retry it, and its clean-ups wait for the end.

local cleanup = require("neap.run.cleanup")
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

---Whether a person may still retry what failed: then the run is not over.
local function stalls(found)
  return found.step and not found.final and found.reason ~= "rejected"
end

---The failure behind what was raised, or nil when it is the cancel: a cancelled run never stalls.
local function failure_of(run, raised)
  if raised == run_of.cancelled then
    return nil
  end
  local found = failure.of(raised)
  if run.cancelling and (stalls(found) or failure.tag(found) == "killed.cancelled") then
    return nil
  end
  return found
end

---The last event of a run that did not complete, after its clean-ups.
local function finish(main, run, found)
  if found and stalls(found) then
    return run:finish("run.stalled", { failure = failure.brief(found) })
  end
  cleanup.all(main, function()
    if found then
      run:finish("run.failed", { failure = failure.brief(found) })
    else
      run:finish("run.cancelled", {})
    end
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
  end, function(ok, value, co)
    local result, unfit
    if ok then
      result, unfit = result_of(value)
      if not unfit then
        return run:finish("run.completed", { result = result })
      end
    end
    local found = unfit or failure_of(run, value)
    finish(main, run, found and failure.placed(found, fn, co))
  end, fn)
end

return M
