-- workflow: `w`, what a workflow function is given, and how a run begins and ends around it.
-- Owns the face; steps, waits and processes are done by the rooms beside it.

local attempt = require("neap.run.attempt")
local behind = require("neap.run.behind")
local check = require("neap.base.check")
local context = require("neap.run.context")
local duration = require("neap.base.duration")
local err = require("neap.base.err")
local failure = require("neap.run.failure")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local keys = require("neap.run.keys")
local native = require("neap.native")
local recorded = require("neap.run.recorded")
local retry = require("neap.policy.retry")
local run_of = require("neap.run.run")
local spec_of = require("neap.run.spec")
local step = require("neap.run.step")
local wait = require("neap.run.wait")

local M = {}

err.look_behind(behind)

---A scope of a run: its keys, its context, its clock. One for the function, one for each Lua node
---of a graph and for each clean-up, so that the order in which they run changes nothing.
---@class neap.Workflow
---@field context table
---@field run_id string
---@field dir string where the run works
---@field clock integer ms: the end of the last step that was passed
---@field cleaning? boolean it cleans up: a cancel does not reach it
local Workflow = {}
Workflow.__index = Workflow

---@param run neap.Run
---@param prefix string scope of its keys, "" or "scope/"
---@param since? integer ms: its clock begins here, default when the run was made
---@return neap.Workflow
function M.new(run, prefix, since)
  return setmetatable({
    _run = run, run_id = run.id, dir = run.row.dir, context = context.new(), prefix = prefix,
    clock = since or run.row.created_at, keys = keys.new(prefix), drawn = 0, last = 0,
    versions = {}, cleanups = {},
  }, Workflow)
end

---Run `fn(w)` in a coroutine that is this w's.
---@param fn fun(w: neap.Workflow): any
---@param on_end fun(ok: boolean, value: any)
---@param script? function what `fn` calls, default itself
function Workflow:spawn(fn, on_end, script)
  self.fiber = self._run:spawn(function()
    return fn(self)
  end, on_end)
  self.fiber.fn = script or fn
  self.fiber.deaf = self.cleaning
end

---Each `w` belongs to one coroutine, and to workflow code: not to a step body.
local function enter(w, call)
  local f = fiber.current()
  if getmetatable(w) ~= Workflow then
    err.usage(call .. " is called without its w",
      { help = ("write %s(…), with a colon"):format(call) })
  end
  if not f or f ~= w.fiber or coroutine.running() ~= f.co then
    err.usage(call .. ": this w belongs to another coroutine; use the w that the function around "
      .. "this call was given")
  elseif f.mode ~= "workflow" then
    err.usage(call .. " inside a step body: a step holds no steps",
      { help = "end the step first, or use neap.exec and neap.delay inside it" })
  elseif not coroutine.isyieldable() then
    err.usage(call .. " inside table.sort, string.gsub or a loading module: it waits, and cannot "
      .. "there", { help = "take the values first, then call it in a loop of its own" })
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

---The recorded step `key`, met now; nil when it is new.
function Workflow:meet(key, kind, args)
  local row = self._run:meet(key, kind, args)
  if row and row.n and row.n > self.last then
    self.last = row.n
  end
  return row
end

---Take the outcome of a completed step: its patch, its time, its value.
function Workflow:pass(row)
  if row.patch then
    context.apply(self.context, json.decode(row.patch))
  end
  self:passed(row.ended_at)
  if row.value ~= nil then
    return json.decode(row.value)
  end
end

---A step ended at `at` (ms).
function Workflow:passed(at)
  self.clock = math.max(self.clock, at)
end

local step_options = { key = "any", retry = "any", attempts = "integer", timeout = "duration" }
local effect_options = { key = "any", retry = "any", attempts = "integer", timeout = "duration",
  kind = "string", args = "table", intend = "table" }

local function body_of(call, name, fn)
  check.name("step", name)
  if type(fn) ~= "function" then
    err.usage(("%s \"%s\" needs a function, not %s"):format(call, tostring(name), type(fn)))
  end
  return fn
end

---Run `fn(...)` once, on record: its outcome is returned on every later pass.
---@param name string
---@param opts? table { key?: string|number, attempts?: integer, retry?: any,
---  timeout?: string|number }, may be left out
---@param fn fun(...): any the body; what it returns must be JSON
---@param ... any arguments, recorded, guarded and handed to the body
---@return any
function Workflow:step(name, opts, ...)
  enter(self, "w:step")
  if type(opts) == "function" then
    return self:_step(name, {}, opts, ...)
  end
  return self:_step(name, check.options("w:step", opts, step_options), ...)
end

function Workflow:_step(name, o, fn, ...)
  body_of("w:step", name, fn)
  local n = select("#", ...)
  local text, list = step.record_args(name, n, ...)
  return step.perform(self, {
    key = self.keys:next(name, o.key, n > 0), kind = "step", fn = fn, args = text, list = list,
    n = n, timeout = o.timeout, policy = spec_of.policy("w:step", o, retry.defaults.step),
  })
end

---A Lua step with an outside effect: its intent (and the events of `opts.intend`) is on record
---before `fn(attempt)` runs; after a crash it runs again with `attempt.interrupted`. From the
---second attempt on `attempt.since` is when the first was intended, in ms.
---@param name string
---@param opts table { kind?: string, args?: table, key?: any, retry?: any, timeout?: any,
---  intend?: table }
---@param fn fun(attempt: { attempt: integer, interrupted: boolean, since: integer?,
---  mark: string }): any
---@return any
function Workflow:effect(name, opts, fn)
  enter(self, "w:effect")
  body_of("w:effect", name, fn)
  local o = check.options("w:effect", opts, effect_options)
  local list = o.args
  return step.perform(self, {
    key = self.keys:next(name, o.key, list ~= nil), kind = o.kind or "effect", fn = fn,
    args = list and json.encode(list), list = list, n = 0, effect = true, intend = o.intend,
    timeout = o.timeout,
    policy = spec_of.policy("w:effect", o, retry.defaults.command),
  })
end

---Inside a step body: an event that rides in the transaction of the step's outcome.
---@param type string defined with event.define
---@param data table
function Workflow:emit(type, data)
  if self.fiber.mode ~= "step" then
    err.usage("w:emit outside a step body: the event is part of a step's outcome")
  end
  self.emitted = self.emitted or {}
  table.insert(self.emitted, { type, data })
end

---Run a process as a step and return its result; a failure is raised.
---@param given table a spec, or an argv table as `task` takes it
---@param opts? { name?: string, key?: any }
---@return any
function Workflow:run(given, opts)
  enter(self, "w:run")
  local spec = spec_of.of(given, "w:run")
  local o = check.options("w:run", opts, { name = "string", key = "any" })
  local key_of = o.key
  if key_of == nil then
    key_of = spec.key
  end
  local key = self.keys:next(o.name or spec.name, key_of, true)
  local run = self._run
  local row = self:meet(key, spec.kind, json.encode(spec.args))
  local outcome = row and recorded.of(row)
  if not outcome then
    self:gate()
    outcome = fiber.await(function(resume)
      attempt.new(run, key, spec, row, self):start(resume)
    end)
  end
  self:passed(outcome.at)
  if outcome.failure then
    if failure.tag(outcome.failure) == "killed.cancelled" then
      self:gate()
    end
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

---Sleep; no process is held, and the deadline survives a crash.
---@param name string
---@param time string|number
function Workflow:sleep(name, time)
  enter(self, "w:sleep")
  local seconds, problem = duration.parse(time)
  if not seconds then
    err.usage("w:sleep: " .. problem)
  end
  wait.sleep(self, self.keys:next(name, nil, true), seconds)
end

---Receive a message: its payload, or nil and "timeout".
---@param name string
---@param opts? { timeout?: string|number }
function Workflow:receive(name, opts)
  enter(self, "w:receive")
  if name == "cancel" then
    err.usage("w:receive: a message called \"cancel\" ends the run; choose another name")
  end
  local o = check.options("w:receive", opts, { timeout = "duration" })
  return wait.receive(self, self.keys:next(name, nil, true), name, o.timeout)
end

---End the run as failed.
---@param message string
function Workflow:fail(message)
  enter(self, "w:fail")
  error(err.failure { reason = "failed", message = failure.message(message), final = true }, 0)
end

---Run `fn(w)` when the function around fails or is cancelled, last registered first.
function Workflow:cleanup(fn)
  enter(self, "w:cleanup")
  if self.cleaning then
    err.usage("w:cleanup inside a clean-up")
  end
  table.insert(self.cleanups, body_of("w:cleanup", "cleanup", fn))
end

---Seconds since the epoch, from the journal: the same on every pass.
function Workflow:now()
  return self.clock / 1000
end

local function draw(w, what)
  return native.sys.sha256(("%s/%s%s"):format(w._run.seed, w.prefix, what))
end

---A number in [0, 1), or an integer in [1, m] or [m, n]; from the run's seed.
function Workflow:random(m, n)
  if self.fiber.mode == "step" then
    err.usage("w:random inside a step body would shift what the workflow draws next",
      { help = "draw it before the step and hand it over, or use math.random" })
  end
  for _, bound in ipairs { m or 1, n or 1 } do
    if type(bound) ~= "number" or bound ~= math.floor(bound) then
      err.usage(("w:random: a bound must be a whole number, not %s"):format(tostring(bound)))
    end
  end
  if m and (n and m or 1) > (n or m) then
    err.usage("w:random: there is no number between its bounds")
  end
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
  if type(n) ~= "number" or n < 1 or n ~= math.floor(n) then
    err.usage(("w:version \"%s\": the version must be a whole number, 1 or more, not %s")
      :format(tostring(name), tostring(n)))
  end
  local run, known = self._run, self.versions[name]
  if known then
    return known
  end
  local key = self.keys:next("version." .. name, nil, false)
  local ahead = run:is_ahead(self.prefix, self.last)
  local row = self:meet(key, "version")
  if row then
    self.versions[name] = self:pass(row)
    return self.versions[name]
  end
  local chosen = ahead and 1 or n
  self.versions[name] = chosen
  local at = run.journal:at()
  run:commit { at = at, events = { { type = "step.completed", step = key, attempt = 1,
    data = { kind = "version", value = chosen, generation = 1 } } } }
  self:passed(at)
  return chosen
end

return M
