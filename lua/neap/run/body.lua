-- body: runs the Lua body of a step: in step mode, on copies of its arguments, with its context
-- writes in a patch. Owns what a body may not do and what ends it. Records nothing.

local context = require("neap.run.context")
local err = require("neap.base.err")
local failure = require("neap.run.failure")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local native = require("neap.native")
local run_of = require("neap.run.run")
local upvalues = require("neap.run.upvalues")

local M = {}

local CHANGED = "the body of step \"%s\" changed the local \"%s\" of the workflow: "
  .. "after a crash the body is not run again and the change would be lost; return it instead"

---The arguments as the body gets them: tables are copies, so that none of the workflow's changes.
local function copies(list, n)
  local given = {}
  for i = 1, n do
    local value = list[i]
    if type(value) == "table" then
      value = json.copy(value)
    elseif value == json.null then
      value = nil
    end
    given[i] = value
  end
  return given
end

local Raised = {}

local function handler(problem)
  local raised = setmetatable({ problem = problem }, Raised)
  if not err.is_failure(problem) and not err.is_usage(problem) and problem ~= run_of.cancelled then
    raised.traceback = debug.traceback(failure.message(problem), 2)
    raised.file, raised.line = err.blame(problem)
  end
  return raised
end

---A body that breaks a rule: the failure points at it.
local function refused(fn, message)
  local info = debug.getinfo(fn, "S")
  local file = err.script(info.source)
  return err.failure { reason = "crashed", detail = "lua", retryable = false, message = message,
    file = file, line = file and info.linedefined }
end

---The failure of what a body raised; a cancel goes on to the workflow.
local function failure_of(raised)
  if getmetatable(raised) ~= Raised then -- the handler had no room left
    return failure.of(raised)
  elseif raised.problem == run_of.cancelled then
    error(raised.problem, 0)
  end
  return failure.of(raised.problem, raised.traceback, raised.file, raised.line)
end

---End the body when its time is over: at what it waits for.
local function limit(run, f, seconds)
  return seconds and run.host.loop:timer(seconds, function()
    fiber.interrupt(f, err.failure { reason = "timeout", detail = "wall",
      message = ("its body did not end within %g s"):format(seconds) })
  end)
end

local function invoke(w, step, given, attempt)
  local f, run = fiber.current(), w._run
  f.mode, f.mark = "step", attempt.mark
  run.bodies = run.bodies + 1
  local timer = limit(run, f, step.timeout)
  local ok, value
  if step.effect then
    ok, value = xpcall(step.fn, handler, attempt)
  else
    ok, value = xpcall(step.fn, handler, unpack(given, 1, step.n))
  end
  if timer then
    timer:stop()
  end
  run.bodies = run.bodies - 1
  f.mode, f.mark = "workflow", nil
  return ok, value
end

---The value as the journal will give it back, or nil and why JSON cannot hold it.
local function decoded(value, step)
  local problem
  if type(value) == "table" then
    value, problem = native.json.copy(value)
  elseif value ~= nil then
    problem = select(2, native.json.encode(value))
  end
  if problem then
    return nil, refused(step.fn, ("step \"%s\" returned what JSON cannot hold: %s")
      :format(step.key, problem.message))
  end
  return value
end

---@class neap.BodyResult
---@field value? any what it returned, as it is kept
---@field seen? any the same as the workflow gets it: decoded, on every pass
---@field patch? table its context writes
---@field events? { [1]: string, [2]: table }[] what it emitted: type and data
---@field failure? neap.Failure

---Run the body of `step` once.
---@param w table the workflow's face
---@param step table { key, fn, list?, n, effect?, timeout? }
---@param attempt { attempt: integer, interrupted: boolean, since: integer?, mark: string }
---@return neap.BodyResult
function M.call(w, step, attempt)
  local before = upvalues.take(step.fn)
  context.begin(w.context)
  w.emitted = nil
  local ok, value = invoke(w, step, step.list and copies(step.list, step.n) or {}, attempt)
  local patch, events = context.finish(w.context), w.emitted
  w.emitted = nil
  if not ok then
    return { failure = failure_of(value) }
  end
  local changed = upvalues.changed(before)
  if changed then
    return { failure = refused(step.fn, CHANGED:format(step.key, changed)) }
  end
  local seen, unfit = decoded(value, step)
  if unfit then
    return { failure = unfit }
  end
  return { value = value, seen = seen, patch = patch, events = events }
end

return M
