-- run: one run in memory: its recorded steps, its clock, how it writes and how it ends.
-- Owns the order "the disk says yes, then memory changes". Refuses to know what a step does.

local context = require("neap.run.context")
local err = require("neap.base.err")
local fiber = require("neap.run.fiber")
local journal = require("neap.event.journal")
local json = require("neap.base.json")

local M = {}

---@class neap.Run
---@field id string
---@field row table the run's row: name, file, seed, args …
---@field steps table<string, table> recorded steps by key
---@field context table
---@field clock integer ms: the time of the last step that was passed
---@field state string
---@field busy integer bodies, attempts and commits in flight
local Run = {}
Run.__index = Run

---@param host table
---@param row table what run.created recorded, decoded
---@param fence integer
---@param steps table<string, table>
function M.new(host, row, fence, steps)
  local self = setmetatable({
    host = host, id = row.id, row = row, steps = steps, seed = row.seed, fence = fence,
    context = context.new(), clock = row.created_at, state = row.state,
    busy = 0, waits = 0, unmet = 0, attempts = {}, fibers = {}, waiters = {}, cleanups = {},
    cancelling = row.cancel == 1,
  }, Run)
  for _ in pairs(steps) do
    self.unmet = self.unmet + 1
  end
  self.journal = journal.new(host, row.id, fence)
  return self
end

-- recorded steps -----------------------------------------------------------------------------

---Whether recorded steps are still to be met: `print` is silent then.
function Run:is_replaying()
  return self.unmet > 0
end

---The recorded step `key`, met now; nil when it is new. Another kind or other arguments than on
---record is a divergence: the coroutine is dropped before any effect.
---@param key string
---@param kind string
---@param args? string canonical JSON
---@return table?
function Run:meet(key, kind, args)
  local row = self.steps[key]
  if not row or row.made_here then
    return row
  end
  if not row.met then
    row.met = true
    self.unmet = self.unmet - 1
  end
  if row.kind ~= kind or (args or row.args) ~= row.args then
    self:diverge(key, row, kind, args)
  end
  return row
end

function Run:diverge(key, row, kind, args)
  local file, line = err.where()
  local message = row.kind ~= kind
    and ("step \"%s\" is a %s now, and a %s on record"):format(key, kind, row.kind)
    or ("step \"%s\" runs with %s now, and with %s on record"):format(key, args or "no arguments",
      row.args or "no arguments")
  local failure = { reason = "crashed", detail = "diverged", step = key, file = file, line = line,
    message = message }
  self:finish("run.stalled", { failure = failure })
  fiber.drop()
end

---Recorded steps that the script did not ask for (`neap check` lists them).
function Run:unmet_steps()
  local keys = {}
  for key, row in pairs(self.steps) do
    if not row.met and not row.made_here then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  return keys
end

---Take the outcome of a completed step: its patch, its time, its value.
function Run:pass(row)
  if row.patch then
    context.apply(self.context, json.decode(row.patch))
  end
  self.clock = math.max(self.clock, row.ended_at)
  if row.value ~= nil then
    return json.decode(row.value)
  end
end

---The failure of a failed step as an object.
function Run.failure_of(row)
  return err.failure(json.decode(row.failure))
end

-- writing ------------------------------------------------------------------------------------

---Append to the journal; `fn(ack, guard)` after the commit, `guard` when one refused. A lost fence
---drops the run, a failing disk parks the whole host: then `fn` is not called.
function Run:record(item, fn)
  self.busy = self.busy + 1
  self.journal:commit(item, function(ack, problem)
    self.busy = self.busy - 1
    if ack then
      fn(ack)
    elseif problem.code == "guard" and problem.guard ~= "fence" then
      fn(nil, problem.guard)
    elseif problem.code == "guard" then
      self:lose()
    else
      self.host:halt(problem)
    end
    self.host:settle()
  end)
end

---The same from a fiber: returns the acknowledgment, or nil and the guard that refused.
function Run:commit(item)
  return fiber.await(function(resume)
    self:record(item, resume)
  end)
end

---Another process owns the run now: nothing of it runs here any more.
function Run:lose()
  self.state = "lost"
  for f in pairs(self.fibers) do
    f.dropped = true
  end
  for attempt in pairs(self.attempts) do
    attempt:abandon()
  end
  self.host:forget(self)
end

-- waiting ------------------------------------------------------------------------------------

---The events that say "nothing of it runs now"; none while something does.
function Run:waiting_events(on, due)
  self.waits = self.waits + 1
  if self.busy > 0 or next(self.attempts) or self.state == "waiting" then
    return {}
  end
  self.state = "waiting"
  return { { type = "run.waiting", data = { on = on, ["until"] = due } } }
end

function Run:resumed_events()
  self.waits = self.waits - 1
  if self.state ~= "waiting" then
    return {}
  end
  self.state = "running"
  return { { type = "run.resumed", data = {} } }
end

-- starting and ending ------------------------------------------------------------------------

---Run `fn` in a coroutine of this run. `on_end(ok, value)`.
function Run:spawn(fn, on_end)
  local f
  f = self.host.scheduler:spawn(fn, function(ok, value, co)
    self.fibers[f] = nil
    if not ok and type(value) == "string" and co then
      value = { lua = value, traceback = debug.traceback(co, value) }
    end
    on_end(ok, value)
  end, "workflow", self)
  self.fibers[f] = true
  return f
end

---Append the run's last event and tell the host.
function Run:finish(type, data)
  if self.ended then
    return
  end
  self.ended = type
  local item = { events = { { type = type, data = data } } }
  if type ~= "run.stalled" then
    item.writes = { { "lease.release", { run = self.id, owner = self.host.owner } } }
  end
  self:record(item, function()
    self.state = type:match("%.(.*)")
    self.outcome = data
    self.host:ended(self)
  end)
end

---A person asked to end it: processes are stopped, pending calls raise once, clean-up runs.
function Run:cancel()
  self.cancelling = true
  for attempt in pairs(self.attempts) do
    attempt:stop("killed.cancelled")
  end
  if self.pump then
    self.pump()
  end
  for f in pairs(self.fibers) do
    fiber.interrupt(f, M.cancelled)
  end
end

---What a cancelled run raises at its pending call.
M.cancelled = setmetatable({}, { __tostring = function()
  return "cancelled"
end })

return M
