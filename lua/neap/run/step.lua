-- step: the one durable primitive. A Lua step is one commit, with its outcome; a step with an
-- outside effect commits its intent first, so that an attempt is started at most once.
-- Owns attempts, retries and the record of a Lua body. Processes are neap.run.attempt's.

local context = require("neap.run.context")
local err = require("neap.base.err")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local native = require("neap.native")
local retry = require("neap.policy.retry")
local run_of = require("neap.run.run")
local upvalues = require("neap.run.upvalues")

local M = {}

---The canonical text of the arguments, and a copy of them for the body.
local function record_args(n, ...)
  if n == 0 then
    return nil, nil
  end
  local list = json.array {}
  for i = 1, n do
    local value = select(i, ...)
    list[i] = value == nil and json.null or value
  end
  return json.encode(list), list
end
M.record_args = record_args

---A value as a failure object: failures stay, Lua errors become crashed.lua.
local function as_failure(problem, traceback)
  if err.is_failure(problem) then
    return problem
  end
  local message = type(problem) == "table" and problem.message or tostring(problem)
  return err.failure {
    reason = "crashed", detail = "lua", message = message, traceback = traceback,
    retryable = true, usage = err.is_usage(problem) or nil,
  }
end

local function handler(problem)
  if err.is_failure(problem) or problem == run_of.cancelled then
    return { problem }
  end
  return { problem, debug.traceback(tostring(problem), 2) }
end

---Run a body in step mode: ok, value or failure, patch, emitted events.
local function call_body(w, key, fn, args, n, attempt)
  local run, f = w._run, fiber.current()
  local before = upvalues.take(fn)
  context.begin(run.context)
  f.mode, w.emitted = "step", nil
  run.busy = run.busy + 1
  local ok, value
  if attempt then
    ok, value = xpcall(fn, handler, attempt, unpack(args or {}, 1, n))
  else
    ok, value = xpcall(fn, handler, unpack(args or {}, 1, n))
  end
  run.busy = run.busy - 1
  f.mode = "workflow"
  local patch, emitted = context.finish(run.context), w.emitted
  w.emitted = nil
  local changed = ok and upvalues.changed(before)
  if changed then
    ok = false
    value = { err.failure { reason = "crashed", detail = "lua", retryable = false,
      message = ("the body of step \"%s\" changed the local \"%s\" of the workflow: after a crash "
        .. "the body is not run again and the change would be lost; return it instead")
        :format(key, changed) } }
  end
  if ok then
    return true, value, patch, emitted
  end
  if value[1] == run_of.cancelled then
    error(value[1], 0)
  end
  return false, as_failure(value[1], value[2])
end

---Wait for a retry's time; cancel and stop end the wait.
function M.pause(run, due_ms)
  local left = due_ms / 1000 - run.host.loop:wall()
  if left <= 0 then
    return
  end
  fiber.await(function(resume)
    local timer = run.host.loop:alarm(due_ms / 1000, resume)
    return function()
      timer:stop()
    end
  end)
end

---What the policy says of a failure: the fields of attempt.ended that follow from it.
---@return { state: string, retry_at?: integer, budgets?: table }
function M.decide(run, policy, failure, row, now_ms)
  local budgets = row and row.budgets
  budgets = type(budgets) == "string" and json.decode(budgets) or budgets or {}
  local began = row and row.started_at or now_ms
  local seed = tonumber(native.sys.sha256(run.seed .. failure.step):sub(1, 12), 16)
  local decision = retry.decide(policy, failure, budgets,
    { now = now_ms / 1000, seed = seed, elapsed = (now_ms - began) / 1000 })
  local state, retry_at = "failed", nil
  if decision.action == "retry" then
    state = "retrying"
    retry_at = now_ms + math.floor((decision.delay or 0) * 1000 + 0.5)
  end
  return { state = state, retry_at = retry_at, budgets = decision.budgets,
    policy = decision.key, decision = decision }
end

---Record a failed attempt and what follows from it; returns the verdict of the policy.
local function record_failure(w, step, failure, attempt, events)
  local run = w._run
  local at = run.journal:at()
  failure.step, failure.attempts = step.key, attempt
  local verdict = M.decide(run, step.policy, failure, step.row, at)
  local data = {
    kind = step.kind, args = step.list, generation = step.generation, state = verdict.state,
    reason = failure.reason .. (failure.detail and "." .. failure.detail or ""),
    failure = json.copy(setmetatable(failure, nil)), budgets = verdict.budgets,
    retry_at = verdict.retry_at, policy = verdict.policy,
    context = M.snapshot(run),
  }
  failure = err.failure(failure)
  events = events or {}
  table.insert(events, 1,
    { type = "attempt.ended", step = step.key, attempt = attempt, data = data })
  run:commit { at = at, events = events }
  step.row = { budgets = verdict.budgets, started_at = step.row and step.row.started_at or at }
  return verdict, failure
end

local SNAPSHOT = 64 * 1024

---The context as an error record keeps it: at most 64 KB of JSON.
function M.snapshot(run)
  local all = run.context:all()
  if next(all) == nil then
    return nil
  end
  if #json.encode(all) > SNAPSHOT then
    return { truncated = true }
  end
  return all
end

---The value as the journal will give it back.
local function decoded(value)
  if type(value) == "table" then
    return json.copy(value)
  end
  return value
end

local function encodable(value, key)
  local ok, problem = pcall(json.encode, value == nil and json.null or value)
  if ok then
    return nil
  end
  return err.failure { reason = "crashed", detail = "lua", retryable = false,
    message = ("step \"%s\" returned what JSON cannot hold: %s")
      :format(key, type(problem) == "table" and problem.message or tostring(problem)) }
end

---Commit the outcome of a body; `step.effect` says whether an intent is on record.
local function record_success(w, step, value, patch, emitted, attempt, duration)
  local run = w._run
  local at = run.journal:at()
  local data = { kind = step.kind, value = value, patch = patch, generation = step.generation,
    duration = duration }
  if step.effect then
    data.state, data.reason = "completed", "normal"
  else
    data.args = step.list
  end
  local events = emitted or {}
  table.insert(events, 1, {
    type = step.effect and "attempt.ended" or "step.completed",
    step = step.key, attempt = attempt, data = data,
  })
  run:commit { at = at, events = events }
  if patch then
    context.apply(run.context, patch)
  end
  run.clock = math.max(run.clock, at)
  run.steps[step.key] = { made_here = true, state = "completed" }
  return decoded(value)
end

---Seconds, to the microsecond: what a duration on record is.
function M.microseconds(seconds)
  return math.floor(seconds * 1e6 + 0.5) / 1e6
end

local function intend(w, step, attempt)
  local run = w._run
  local events = { {
    type = "attempt.intended", step = step.key, attempt = attempt,
    data = { kind = step.kind, args = step.list, generation = step.generation,
      mark = M.mark(run, step.key, step.generation, attempt) },
  } }
  for _, extra in ipairs(step.intend or {}) do
    events[#events + 1] =
      { type = extra[1], step = step.key, attempt = attempt, data = extra[2] }
  end
  run:commit { events = events }
end

---The idempotency key of an attempt: run/key/generation/attempt.
function M.mark(run, key, generation, attempt)
  return ("%s/%s/%d/%d"):format(run.id, key, generation, attempt)
end

---Run a step to its recorded outcome.
---@param w table the workflow's face
---@param step table { key: string, kind: string, fn: function, policy: table, args?: string,
---  list?: table, n: integer, effect?: boolean, intend?: table }
---@return any value as recorded; a failure is raised
function M.perform(w, step)
  local run = w._run
  local row = run:meet(step.key, step.kind, step.args)
  if row and row.state == "completed" then
    return run:pass(row)
  elseif row and row.state == "failed" then
    run.clock = math.max(run.clock, row.ended_at)
    error(run.failure_of(row), 0)
  end
  step.row, step.generation = row, row and row.generation or 1
  local number = row and row.attempts or 0
  local due = row and row.due
  while true do
    w:gate()
    if due then
      M.pause(run, due)
    end
    number = number + 1
    local info
    if step.effect then
      intend(w, step, number)
      info = { attempt = number, interrupted = row ~= nil and row.interruptions > 0,
        mark = M.mark(run, step.key, step.generation, number) }
    end
    local began = run.host.loop:now()
    local ok, value, patch, emitted = call_body(w, step.key, step.fn, step.list, step.n, info)
    local unfit = ok and encodable(value, step.key)
    if ok and not unfit then
      local took = M.microseconds(run.host.loop:now() - began)
      return record_success(w, step, value, patch, emitted, number, took)
    end
    local verdict, failure = record_failure(w, step, unfit or value, number)
    if verdict.state ~= "retrying" then
      run.steps[step.key] = { made_here = true, state = "failed" }
      error(failure, 0)
    end
    due = verdict.retry_at
  end
end

return M
