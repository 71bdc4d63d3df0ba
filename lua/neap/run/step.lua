-- step: the one durable primitive. A Lua step is one commit, with its outcome; a step with an
-- outside effect commits its intent first, so that an attempt is started at most once.
-- Owns attempts, retries and the record of a Lua body. Processes are neap.run.attempt's.

local body = require("neap.run.body")
local context = require("neap.run.context")
local err = require("neap.base.err")
local failure = require("neap.run.failure")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local native = require("neap.native")
local recover = require("neap.run.recover")
local retry = require("neap.policy.retry")

local M = {}

---The canonical text of the arguments of step `name`, and the list of them.
function M.record_args(name, n, ...)
  if n == 0 then
    return nil, nil
  end
  local list = json.array {}
  for i = 1, n do
    local value = select(i, ...)
    list[i] = value == nil and json.null or value
  end
  local text, problem = native.json.encode(list)
  if not text then
    err.usage((problem.message:gsub("^value%[(%d+)%]", function(i)
      return ("argument %s of step \"%s\""):format(i, name)
    end)))
  end
  return text, list
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
function M.decide(run, policy, found, row, now_ms)
  local budgets = row and row.budgets
  budgets = type(budgets) == "string" and json.decode(budgets) or budgets or {}
  local began = row and row.started_at or now_ms
  local seed = tonumber(native.sys.sha256(run.seed .. found.step):sub(1, 12), 16)
  local decision = retry.decide(policy, found, budgets,
    { now = now_ms / 1000, seed = seed, elapsed = (now_ms - began) / 1000 })
  local state, retry_at = "failed", nil
  if decision.action == "retry" then
    state = "retrying"
    retry_at = now_ms + math.floor((decision.delay or 0) * 1000 + 0.5)
  end
  return { state = state, retry_at = retry_at, budgets = decision.budgets,
    policy = decision.key, decision = decision }
end

---Record a failed attempt and what follows from it; returns the verdict of the policy and the
---failure as later passes see it.
local function record_failure(w, step, found, attempt)
  local run = w._run
  local at = run.journal:at()
  found.step, found.attempts = step.key, attempt
  local verdict = found.detail == "poison" and { state = "failed" }
    or M.decide(run, step.policy, found, step.row, at)
  local plain = failure.plain(found)
  run:commit { at = at, events = { {
    type = "attempt.ended", step = step.key, attempt = attempt,
    data = {
      kind = step.kind, args = step.list, generation = step.generation, state = verdict.state,
      reason = failure.tag(found), failure = plain, budgets = verdict.budgets,
      retry_at = verdict.retry_at, policy = verdict.policy, context = w.context:snapshot(),
    },
  } } }
  step.row = { budgets = verdict.budgets, started_at = step.row and step.row.started_at or at }
  w:passed(at)
  return verdict, failure.read(plain)
end

---The events of one commit about an attempt: what happened to it, and what rides along.
---@param key string of the step
---@param attempt integer
---@param type string
---@param data table
---@param more? { [1]: string, [2]: table }[] type and data of others
---@return neap.StoreEvent[]
function M.events(key, attempt, type, data, more)
  local events = { { type = type, step = key, attempt = attempt, data = data } }
  for i, extra in ipairs(more or {}) do
    events[i + 1] = { type = extra[1], step = key, attempt = attempt, data = extra[2] }
  end
  return events
end

---Commit the outcome of a body; `step.effect` says whether an intent is on record.
local function record_success(w, step, result, attempt, duration)
  local run = w._run
  local at = run.journal:at()
  local data = { kind = step.kind, value = result.value, patch = result.patch,
    generation = step.generation, duration = duration }
  if step.effect then
    data.state, data.reason = "completed", "normal"
  else
    data.args = step.list
  end
  run:commit { at = at, events = M.events(step.key, attempt,
    step.effect and "attempt.ended" or "step.completed", data, result.events) }
  if result.patch then
    context.apply(w.context, json.copy(result.patch))
  end
  w:passed(at)
  run.steps[step.key] = nil
  return result.seen
end

---Seconds, to the microsecond: what a duration on record is.
function M.microseconds(seconds)
  return math.floor(seconds * 1e6 + 0.5) / 1e6
end

local function intend(w, step, attempt)
  local run = w._run
  run:commit { events = M.events(step.key, attempt, "attempt.intended", {
    kind = step.kind, args = step.list, generation = step.generation,
    mark = M.mark(run, step.key, step.generation, attempt) }, step.intend) }
end

---The idempotency key of an attempt: run/key/generation/attempt.
function M.mark(run, key, generation, attempt)
  return ("%s/%s/%d/%d"):format(run.id, key, generation, attempt)
end

---The first body after neap died too often in a row is not run: it may be what ends neap.
local function poisoned(run, step)
  local count = run.poison
  run.poison = nil
  return count and not step.effect and { failure = failure.read(recover.poison(step.key, count)) }
end

---Attempts until one completes or the policy is spent.
local function try(w, step, row)
  local run = w._run
  local number = row and row.attempts or 0
  local due, since = row and row.due, row and row.started_at
  while true do
    w:gate()
    if due then
      M.pause(run, due)
      w:gate()
    end
    number = number + 1
    local attempt = { attempt = number, interrupted = row ~= nil and row.interruptions > 0,
      since = since, mark = M.mark(run, step.key, step.generation, number) }
    if step.effect then
      since = since or run.journal:at()
      intend(w, step, number)
    end
    local began = run.host.loop:now()
    local result = poisoned(run, step) or body.call(w, step, attempt)
    if not result.failure then
      local took = M.microseconds(run.host.loop:now() - began)
      return record_success(w, step, result, number, took)
    end
    local verdict, found = record_failure(w, step, result.failure, number)
    if verdict.state ~= "retrying" then
      run.steps[step.key] = nil
      error(found, 0)
    end
    due = verdict.retry_at
  end
end

---Run a step to its recorded outcome.
---@param w table the workflow's face
---@param step table { key: string, kind: string, fn: function, policy: table, args?: string,
---  list?: table, n: integer, effect?: boolean, intend?: table, timeout?: number }
---@return any value as recorded; a failure is raised
function M.perform(w, step)
  local row = w:meet(step.key, step.kind, step.args)
  if row and row.state == "completed" then
    return w:pass(row)
  elseif row and row.state == "failed" then
    w:passed(row.ended_at)
    error(failure.read(row.failure), 0)
  end
  step.row, step.generation = row, row and row.generation or 1
  return try(w, step, row)
end

return M
