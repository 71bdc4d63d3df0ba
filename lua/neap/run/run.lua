-- run: one run in memory: its recorded steps, its clock, how it writes and how it ends.
-- Owns the order "the disk says yes, then memory changes". Refuses to know what a step does.

local err = require("neap.base.err")
local failure = require("neap.run.failure")
local fiber = require("neap.run.fiber")
local journal = require("neap.event.journal")
local order = require("neap.base.order")

local M = {}

---@class neap.Run
---@field id string
---@field row table the run's row: name, file, seed, args …
---@field steps table<string, table> recorded steps by key, until they are done
---@field state string
---@field busy integer commits in flight
---@field bodies integer Lua bodies in flight
---@field closing? table the last event, once nothing is in flight
local Run = {}
Run.__index = Run

---@param host table
---@param row table what run.created recorded, decoded
---@param fence integer
---@param steps table<string, table>
function M.new(host, row, fence, steps)
  local self = setmetatable({
    host = host, id = row.id, row = row, steps = steps, seed = row.seed, fence = fence,
    state = row.state, busy = 0, bodies = 0, awake = 0, unmet = 0, attempts = {}, fibers = {},
    waiters = {}, open_waits = {}, cancelling = row.cancel == 1,
  }, Run)
  for _ in pairs(steps) do
    self.unmet = self.unmet + 1
  end
  self.journal = journal.new(host, row.id, fence)
  return self
end

-- recorded steps -----------------------------------------------------------------------------

---Whether the code that runs now was run before: `print` is silent then.
function Run:is_replaying()
  local f = fiber.current()
  return self.unmet > 0 and not (f and f.live)
end

---Whether a scope has steps on record that began after number `n` and are still to be met.
---@param prefix string
---@param n integer
function Run:is_ahead(prefix, n)
  for key, row in pairs(self.unmet > 0 and self.steps or {}) do
    if not row.met and row.n > n and key:sub(1, #prefix) == prefix then
      return true
    end
  end
  return false
end

---The recorded step `key`, met now; nil when it is new. Another kind or other arguments than on
---record is a divergence: the coroutine is dropped before any effect.
---@param key string
---@param kind string
---@param args? string|false canonical JSON; false: they may change
---@param at? { file: string, line: integer } where it is, default the script's line
---@return table?
function Run:meet(key, kind, args, at)
  local row = self.steps[key]
  if not row then
    local f = fiber.current()
    if f and kind ~= "version" then
      f.live = true
    end
    return row
  end
  if not row.met then
    row.met = true
    self.unmet = self.unmet - 1
  end
  if row.kind ~= kind or args ~= false and row.args ~= args then
    self:diverge(key, row, kind, args, at)
  end
  return row
end

---Stop the run before any effect; what runs of it ends first, its outcome is on record.
function Run:diverge(key, row, kind, args, at)
  local file, line = err.where()
  if at then
    file, line = at.file, at.line
  end
  local message = row.kind ~= kind
    and ("step \"%s\" is a %s now, and a %s on record"):format(key, kind, row.kind)
    or ("step \"%s\" runs with %s now, and with %s on record"):format(key, args or "no arguments",
      row.args or "no arguments")
  for f in pairs(self.fibers) do
    fiber.forget(f)
  end
  self.closing = { "run.stalled", { failure = { reason = "crashed", detail = "diverged",
    step = key, file = file, line = line, message = message } } }
  if self.cancelling then
    self.closing = { "run.cancelled", {} }
  end
  for attempt in pairs(self.attempts) do
    attempt:stop("killed.interrupted")
  end
  self:settle()
  fiber.drop()
end

---When nothing is in flight: a run that closes has its last event, one that waits says so.
function Run:settle()
  local last = self.closing
  if last and self.busy == 0 and not next(self.attempts) then
    self.closing = nil
    self:finish(last[1], last[2])
  elseif not last and self.state == "running" and next(self.open_waits)
    and not self.host.stopping then
    local events = self:waiting_events()
    if #events > 0 then
      self:record({ events = events }, function() end)
    end
  end
end

---Recorded steps that `wanted`, oldest first.
---@param wanted fun(row: table): boolean
---@return table[]
function Run:steps_where(wanted)
  local rows = {}
  for _, row in pairs(self.steps) do
    if wanted(row) then
      rows[#rows + 1] = row
    end
  end
  table.sort(rows, function(a, b)
    return a.n < b.n
  end)
  return rows
end

-- writing ------------------------------------------------------------------------------------

---Append to the journal; `fn(ack, guard)` after the commit, `guard` when one refused ("command": it
---was consumed before). A lost fence drops the run, a failing disk parks the whole host: then `fn`
---is not called.
function Run:record(item, fn)
  self.busy = self.busy + 1
  self.journal:commit(item, function(ack, problem)
    self.busy = self.busy - 1
    if ack then
      fn(ack)
    elseif problem.code == "guard" and problem.guard ~= "fence" then
      fn(nil, problem.guard)
    elseif problem.code == "duplicate" then
      fn(nil, "command")
    elseif problem.code == "guard" then
      self:lose()
    else
      self.host:halt(problem)
    end
    self:settle()
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
  if self.state == "lost" then
    return
  end
  self.state = "lost"
  self:abandon()
  self.host:ended(self)
end

---Bodies end where they are, and what they wait for is ended; they run again another time.
function Run:drop_bodies()
  for f in pairs(self.fibers) do
    if f.mode == "step" then
      fiber.forget(f)
      self.fibers[f] = nil
      self.bodies = self.bodies - 1
    end
  end
end

---Nothing of it goes on here, and nothing of it is recorded any more.
function Run:abandon()
  for f in pairs(self.fibers) do
    fiber.forget(f)
  end
  for attempt in pairs(self.attempts) do
    attempt:abandon()
  end
end

-- waiting ------------------------------------------------------------------------------------

---`wake` is called when a look into the inbox finds a message called `name`.
function Run:listen(name, wake)
  local list = self.waiters[name] or {}
  self.waiters[name] = list
  list[#list + 1] = wake
end

function Run:ignore(name, wake)
  local list = self.waiters[name] or {}
  for i, other in ipairs(list) do
    if other == wake then
      table.remove(list, i)
      break
    end
  end
  if #list == 0 then
    self.waiters[name] = nil
  end
end

---A message called `name` is in the inbox.
function Run:wake(name)
  for _, wake in ipairs { unpack(self.waiters[name] or {}) } do
    wake()
  end
end

---Whether nothing of it runs: no commit, body or process, and no coroutine but the one that asks.
function Run:is_idle()
  local f = fiber.current()
  return self.busy == 0 and self.bodies == 0 and not next(self.attempts)
    and self.awake <= (f and f.run == self and 1 or 0)
end

---The event that says that it only waits, when that is so from now on.
function Run:waiting_events()
  if self.state == "waiting" or not next(self.open_waits) or not self:is_idle() then
    return {}
  end
  self.state = "waiting"
  local on, due = {}, nil
  for key, wait in order.sorted_pairs(self.open_waits) do
    on[#on + 1] = { kind = wait.kind, step = key, name = wait.name, question = wait.question }
    due = wait.due and math.min(wait.due, due or wait.due) or due
  end
  return { { type = "run.waiting", data = { on = on, ["until"] = due } } }
end

---The event that says that it goes on.
function Run:resumed_events()
  if self.state ~= "waiting" then
    return {}
  end
  self.state = "running"
  return { { type = "run.resumed", data = {} } }
end

---It did not go on after all.
function Run:still_waits(said)
  if said then
    self.state = "waiting"
  end
end

-- starting and ending ------------------------------------------------------------------------

---Run `fn` in a coroutine of this run. `on_end(ok, value, co)`, `co` where it died.
function Run:spawn(fn, on_end)
  local f
  f = self.host.scheduler:spawn(fn, function(ok, value, co)
    self.fibers[f] = nil
    if not ok and type(value) == "string" then
      value = failure.of(value, debug.traceback(co, value), err.blame(value, co))
    end
    on_end(ok, value, co)
  end, "workflow", self)
  self.fibers[f] = true
  return f
end

---A path of its scripts: relative ones begin where the run works.
---@param path? string
---@return string
function Run:path(path)
  if not path then
    return self.row.dir
  end
  return path:sub(1, 1) == "/" and path or self.row.dir .. "/" .. path
end

---Append the run's last event and tell the host. A host that tells a person of it keeps the lease
---until then: killed before, it has left an end that the next can tell.
function Run:finish(type, data)
  if self.ended or self.state == "lost" then
    return
  end
  self.ended = type
  local item = { events = { { type = type, data = data } } }
  local host, over = self.host, type ~= "run.stalled"
  if over and not host.tells then
    item.writes = { { "lease.release", { run = self.id, owner = host.owner } } }
  end
  self:record(item, function()
    self.state = type:match("%.(.*)")
    self.outcome = data
    if over and host.tells then
      host.untold[self.id] = host.owner
    end
    host:ended(self)
  end)
end

---A person asked to end it: processes are stopped, pending calls raise once, clean-up runs.
function Run:cancel()
  self.cancelling = true
  for attempt in pairs(self.attempts) do
    if not attempt.cleaning then
      attempt:stop("killed.cancelled")
    end
  end
  if self.pump then
    self.pump()
  end
  for f in pairs(self.fibers) do
    if not f.deaf then
      fiber.interrupt(f, M.cancelled)
    end
  end
end

---What a cancelled run raises at its pending call.
M.cancelled = setmetatable({}, { __tostring = function()
  return "cancelled"
end })

return M
