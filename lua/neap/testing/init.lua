-- testing: a world for specs: virtual time, scripted processes, a store in memory, crashes.
-- The production code runs in it unchanged; only the loop and the store are simulated.

local host_of = require("neap.host.host")
local json = require("neap.base.json")
local native = require("neap.native")
local script = require("neap.host.script")

local M = {}

---@class neap.World
---@field host neap.Host
---@field loop table the simulated loop: script(), spawned(), now(), wall()
local World = {}
World.__index = World

---@class neap.Outcome
---@field state string
---@field result any
---@field failure table?
---@field run string

---A new world: an empty store, the clock at 2025-10-09.
---@param opts? { seed?: integer, wall?: number }
---@return neap.World
function M.world(opts)
  opts = opts or {}
  local loop = native.sim.new { seed = opts.seed or 1, wall = opts.wall or 1760000000 }
  local self = setmetatable({ loop = loop, committed = 0 }, World)
  self:boot()
  return self
end

---A store that counts events, and dies at one.
local function mortal(world, store)
  local face = setmetatable({}, { __index = function(_, name)
    return function(_, ...)
      return store[name](store, ...)
    end
  end })
  function face.commit(_, item, fn)
    local epoch = world.epoch
    if world.dead then
      return
    end
    local after = world.committed + #item.events
    if world.crash_event and world.crash_before and after >= world.crash_event then
      return world:die()
    end
    store:commit(item, function(ack, problem)
      if ack then
        world.committed = world.committed + #item.events
      end
      if world.crash_event and not world.crash_before and world.committed >= world.crash_event then
        return world:die()
      end
      if world.epoch == epoch and not world.dead then
        fn(ack, problem)
      end
    end)
  end
  return face
end

---Start a process of neap in this world: the first one, or the next after a crash.
function World:boot()
  self.dead, self.epoch = false, {}
  local host, problem = host_of.open { loop = self.loop, store = "/world", memory = true,
    dir = "/", reuse = self.store }
  assert(host, problem and problem.message)
  self.store = self.store or host.store
  host.store = mortal(self, self.store)
  self.host = host
end

---The process dies now: nothing in memory is left, the store is.
function World:die()
  self.dead, self.crash_event = true, nil
  for _, run in pairs(self.host.runs) do
    run.state = "lost"
    run:abandon()
  end
  self.loop:stop()
end

---Die when event number `n` of this world is committed (or just before it is).
---@param n integer counted from now
---@param before? boolean
function World:crash_at(n, before)
  self.crash_event, self.crash_before = self.committed + n, before
end

local function program_of(given, opts)
  if type(given) == "function" then
    given = { fn = given, kind = "workflow", name = opts.name or "spec" }
  elseif script.is_workflow(given) then
    given = { fn = given.fn, kind = "workflow", name = given.name }
  end
  given.file, given.dir = given.file or "/world/spec.lua", given.dir or "/"
  return given
end

---Run a workflow function (or program) until it ends, waits for a person, or the world dies.
---Again with the same name and arguments it goes on where it was.
---@param given function|table
---@param opts? { name?: string, args?: any[], key?: string, new?: boolean, jobs?: integer }
---@return neap.Outcome
function World:run(given, opts)
  opts = opts or {}
  if self.dead then
    self:boot()
  end
  local outcome = { state = "crashed" }
  self.host:run(program_of(given, opts), {
    args = opts.args, key = opts.key, new = opts.new, jobs = opts.jobs,
    on_end = function(run)
      outcome.state, outcome.ended = run.state, true
      outcome.result = run.outcome and run.outcome.result
      outcome.failure = run.outcome and run.outcome.failure
    end,
  }, function(run, how)
    if run then
      outcome.run, outcome.how = run.id, how
    else
      outcome.state, outcome.problem, outcome.ended = "refused", how, true
    end
  end)
  self.host:drive(function()
    return outcome.ended
  end)
  if not outcome.ended and not self.dead and outcome.run then
    outcome.state = self:row(outcome.run).state
  end
  return outcome
end

---Let virtual time pass until nothing is left to do.
function World:drive()
  self.host:drive()
end

---@return table the run's row
function World:row(run)
  return self.store:query("SELECT * FROM run WHERE id = ?", { run })[1]
end

---The run's events, oldest first, with decoded data.
---@return table[]
function World:events(run)
  local rows = self.store:query(
    "SELECT type, step, attempt, at, data FROM event WHERE run = ? ORDER BY n", { run })
  for _, row in ipairs(rows) do
    row.data = json.decode(row.data)
  end
  return rows
end

---How many events of a type (and step) the run has.
function World:count(run, type, step)
  return self.store:query([[SELECT count(*) AS n FROM event WHERE run = ? AND type = ?
    AND (? IS NULL OR step = ?)]], { run, type, step or json.null, step or json.null })[1].n
end

---Send a message to a run, as another process would.
function World:send(run, name, payload, command)
  self.host:send(run, name, payload, command)
end

return M
