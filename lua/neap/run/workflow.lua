-- workflow: `w`, what a workflow function is given, and how a run begins and ends around it.
-- Owns the face; steps, waits and processes are done by the rooms beside it.

local attempt = require("neap.run.attempt")
local check = require("neap.base.check")
local err = require("neap.base.err")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local keys = require("neap.run.keys")
local native = require("neap.native")
local retry = require("neap.policy.retry")
local run_of = require("neap.run.run")
local spec_of = require("neap.run.spec")
local step = require("neap.run.step")
local wait = require("neap.run.wait")

local M = {}

---@class neap.Workflow
---@field context table
---@field run_id string
---@field dir string where the run works
local Workflow = {}
Workflow.__index = Workflow

---@param run neap.Run
---@param prefix string scope of its keys, "" or "scope/"
---@return neap.Workflow
function M.new(run, prefix)
  return setmetatable({
    _run = run, run_id = run.id, dir = run.row.dir, context = run.context, prefix = prefix,
    keys = keys.new(prefix), drawn = 0,
  }, Workflow)
end

---Each `w` belongs to one coroutine, and to workflow code: not to a step body.
local function enter(w, call)
  local f = fiber.current()
  if not f or f ~= w.fiber or coroutine.running() ~= f.co then
    err.usage(call .. ": this w belongs to another coroutine; use the w that the function around "
      .. "this call was given")
  elseif f.mode ~= "workflow" then
    err.usage(call .. " inside a step body: a step holds no steps",
      { help = "end the step first, or use neap.exec and neap.delay inside it" })
  end
end

---Before anything new: a cancel raises here, once; a stopping process parks here.
function Workflow:gate()
  local run = self._run
  if run.cancelling and not self.cancel_raised and not self.cleaning then
    self.cancel_raised = true
    error(run_of.cancelled, 0)
  end
  if run.host.stopping then
    fiber.await(function()
      run.host:settle()
    end)
  end
end

local step_options = { key = "any", retry = "any", attempts = "integer", timeout = "duration" }
local effect_options = { key = "any", retry = "any", attempts = "integer", kind = "string",
  args = "table", intend = "table" }

local function body_of(call, name, fn)
  if type(fn) ~= "function" then
    err.usage(("%s \"%s\" needs a function, not %s"):format(call, tostring(name), type(fn)))
  end
  return fn
end

---Run `fn(...)` once, on record: its outcome is returned on every later pass.
---@param name string
---@param opts? { key?: string|number, attempts?: integer, retry?: any } may be left out
---@param fn fun(...): any the body; what it returns must be JSON
---@param ... any arguments, recorded, guarded and handed to the body
---@return any
function Workflow:step(name, opts, fn, ...)
  enter(self, "w:step")
  if type(opts) == "function" then
    return self:_step(name, nil, opts, select("#", ...) + (fn ~= nil and 1 or 0), fn, ...)
  end
  return self:_step(name, opts, fn, select("#", ...), ...)
end

function Workflow:_step(name, opts, fn, n, ...)
  body_of("w:step", name, fn)
  local o = opts and check.options("w:step", opts, step_options) or {}
  local text, list = step.record_args(n, ...)
  return step.perform(self, {
    key = self.keys:next(name, o.key, n > 0), kind = "step", fn = fn, args = text, list = list,
    n = n, policy = spec_of.policy(o, retry.defaults.step),
  })
end

---A Lua step with an outside effect: its intent (and the events of `opts.intend`) is on record
---before `fn(attempt)` runs; after a crash it runs again with `attempt.interrupted`.
---@param name string
---@param opts { kind?: string, args?: table, key?: any, retry?: any, intend?: table }
---@param fn fun(attempt: { attempt: integer, interrupted: boolean, mark: string }): any
---@return any
function Workflow:effect(name, opts, fn)
  enter(self, "w:effect")
  body_of("w:effect", name, fn)
  local o = check.options("w:effect", opts, effect_options)
  local list = o.args
  return step.perform(self, {
    key = self.keys:next(name, o.key, list ~= nil), kind = o.kind or "effect", fn = fn,
    args = list and json.encode(list), list = list, n = 0, effect = true, intend = o.intend,
    policy = spec_of.policy(o, retry.defaults.command),
  })
end

---Inside a step body: an event that rides in the transaction of the step's outcome.
---@param type string defined with event.define
---@param data table
function Workflow:emit(type, data)
  self.emitted = self.emitted or {}
  table.insert(self.emitted, { type = type, data = data })
end

---Run a process as a step and return its result; a failure is raised.
---@param given table a spec, or an argv table as `task` takes it
---@param opts? { name?: string, key?: any }
---@return any
function Workflow:run(given, opts)
  enter(self, "w:run")
  local spec = spec_of.of(given, "w:run")
  local o = opts and check.options("w:run", opts, { name = "string", key = "any" }) or {}
  local key = self.keys:next(o.name or spec.name, o.key or spec.key, true)
  local run = self._run
  local row = run:meet(key, spec.kind, json.encode(spec.args))
  local outcome = row and attempt.recorded(run, row)
  if not outcome then
    self:gate()
    outcome = fiber.await(function(resume)
      attempt.new(run, key, spec, row):start(resume)
    end)
    if run.cancelling and outcome.state == "failed" then
      self:gate()
    end
  end
  if outcome.failure then
    error(outcome.failure, 0)
  end
  return outcome.value
end

---`fn(w, …)`: its value, or nil and the failure. Bugs in Lua pass through.
---@return any value
---@return neap.Failure? failure
function Workflow:try(fn, ...)
  enter(self, "w:try")
  local ok, value = pcall(fn, self, ...)
  if ok then
    return value
  elseif err.is_failure(value) and not value.final then
    return nil, value
  end
  error(value, 0)
end

local function seconds_of(call, value)
  local parsed, problem = require("neap.base.duration").parse(value)
  if not parsed then
    err.usage(("%s: %s"):format(call, problem))
  end
  return parsed
end

---Sleep; no process is held, and the deadline survives a crash.
---@param name string
---@param time string|number
function Workflow:sleep(name, time)
  enter(self, "w:sleep")
  local seconds = seconds_of("w:sleep", time)
  wait.sleep(self, self.keys:next(name, nil, true), seconds)
end

---Receive a message: its payload, or nil and "timeout".
---@param name string
---@param opts? { timeout?: string|number }
function Workflow:receive(name, opts)
  enter(self, "w:receive")
  local o = opts and check.options("w:receive", opts, { timeout = "duration" }) or {}
  return wait.receive(self, self.keys:next(name, nil, true), name, o.timeout)
end

---End the run as failed.
---@param message string
function Workflow:fail(message)
  enter(self, "w:fail")
  error(err.failure { reason = "failed", message = tostring(message), final = true }, 0)
end

---Run `fn(w)` when the run fails or is cancelled, last registered first.
function Workflow:cleanup(fn)
  enter(self, "w:cleanup")
  table.insert(self._run.cleanups, body_of("w:cleanup", "cleanup", fn))
end

---Seconds since the epoch, from the journal: the same on every pass.
function Workflow:now()
  return self._run.clock / 1000
end

local function draw(w, what)
  return native.sys.sha256(("%s/%s%s"):format(w._run.seed, w.prefix, what))
end

---A number in [0, 1), or an integer in [1, m] or [m, n]; from the run's seed.
function Workflow:random(m, n)
  self.drawn = self.drawn + 1
  local x = tonumber(draw(self, "random/" .. self.drawn):sub(1, 13), 16) / 2 ^ 52
  if not m then
    return x
  end
  local low, high = n and m or 1, n or m
  return low + math.floor(x * (high - low + 1))
end

---A UUID (version 8) that belongs to `name` in this run.
function Workflow:uuid(name)
  local h = draw(self, "uuid/" .. tostring(name))
  return ("%s-%s-8%s-a%s-%s"):format(h:sub(1, 8), h:sub(9, 12), h:sub(14, 16), h:sub(18, 20),
    h:sub(21, 32))
end

---Which version of the script this run follows at `name`: `n` for runs that come here first now,
---1 for runs that passed here before the call was written.
---@param name string
---@param n integer
---@return integer
function Workflow:version(name, n)
  enter(self, "w:version")
  local run = self._run
  local key = self.keys:next("version." .. name, nil, false)
  local row = run:meet(key, "version")
  if row then
    return run:pass(row)
  end
  local chosen = run:is_replaying() and 1 or n
  local at = run.journal:at()
  run:commit { at = at, events = { { type = "step.completed", step = key, attempt = 1,
    data = { kind = "version", value = chosen, generation = 1 } } } }
  run.steps[key] = { made_here = true, state = "completed" }
  return chosen
end

-- the run around the function ------------------------------------------------------------------

---What a coroutine raised, as a failure.
function M.failure_of(problem)
  if err.is_failure(problem) then
    return problem
  elseif err.is_usage(problem) then
    return err.failure { reason = "crashed", detail = "script", message = problem.message,
      file = problem.file, line = problem.line, help = problem.help }
  end
  local lua = type(problem) == "table" and problem.lua or tostring(problem)
  return err.failure { reason = "crashed", detail = "lua", message = lua,
    traceback = type(problem) == "table" and problem.traceback or nil }
end

---reason.detail
function M.tag(failure)
  return failure.reason .. (failure.detail and "." .. failure.detail or "")
end

---A failure as run.failed and run.stalled keep it: what a person needs, without the output.
function M.plain(failure)
  local data = {}
  for name, value in pairs(failure) do
    if name ~= "tails" and type(value) ~= "function" then
      data[name] = value
    end
  end
  return data
end

local function finish(run, ok, value)
  if ok then
    local fits, problem = pcall(json.encode, value == nil and json.null or value)
    if fits then
      return run:finish("run.completed", { result = value })
    end
    value = err.failure { reason = "crashed", detail = "lua",
      message = "the workflow returned what JSON cannot hold: " .. tostring(problem.message) }
  end
  if value == run_of.cancelled then
    return run:finish("run.cancelled", {})
  end
  local failure = M.failure_of(value)
  local stalls = failure.step and not failure.final and failure.reason ~= "rejected"
  run:finish(stalls and "run.stalled" or "run.failed", { failure = M.plain(failure) })
end

---Run the clean-ups, last first; an error in one does not stop the others.
local function clean_up(run, done)
  if #run.cleanups == 0 then
    return done()
  end
  local w = M.new(run, "cleanup/")
  w.cleaning = true
  run.cancelling = false -- the clean-up may start processes
  w.fiber = run:spawn(function()
    for i = #run.cleanups, 1, -1 do
      pcall(run.cleanups[i], w)
    end
  end, done)
end

---Begin (or go on with) a run: call its function with a `w`.
---@param run neap.Run
---@param fn function
---@param args any[]
function M.begin(run, fn, args)
  local w = M.new(run, "")
  w.fiber = run:spawn(function()
    return fn(w, unpack(args, 1, args.n or #args))
  end, function(ok, value)
    if ok then
      return finish(run, ok, value)
    end
    clean_up(run, function()
      finish(run, ok, value)
    end)
  end)
  return w
end

return M
