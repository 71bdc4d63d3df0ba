-- host: opens the store, owns the loop, hands out runs.
-- Owns what a process has once: the owner's row, the environment, the runs in memory, the stop.
-- Refuses to know what a run does.

require("neap.event.catalogue")

local begin = require("neap.host.begin")
local environ = require("neap.run.environ")
local event = require("neap.event.define")
local fiber = require("neap.run.fiber")
local inbox = require("neap.host.inbox")
local lease = require("neap.host.lease")
local native = require("neap.native")
local place = require("neap.host.place")
local redact = require("neap.run.redact")
local run_of = require("neap.run.run")
local script = require("neap.host.script")

-- The nouns of stdlib bring their own events; a store knows them all before its first commit.
require("neap.agent.events")
require("neap.audit.events")
require("neap.gate.events")
require("neap.lifecycle.events")
require("neap.merge.events")

local M = {}

---@class neap.Host
---@field store table
---@field loop table
---@field dir string where runs work
---@field runs table<string, neap.Run> by id
---@field tells? boolean somebody is told the end of each run before the host is closed
---@field untold table<string, integer> owners of ended runs whose lease goes with the close
---@field stopping? "soft"|"hard"
---@field halted? table the error of a disk that refused
local Host = {}
Host.__index = Host

---@class neap.HostOpts
---@field store? string directory of the store; default by neap.host.place
---@field dir? string where runs work; default the current directory
---@field loop? table default a real one
---@field read_only? boolean
---@field create? boolean false: a store that is not there is an error
---@field memory? boolean a store that is gone with the process
---@field reuse? table an open store, for a second host in one process

local function open_store(loop, path, opts)
  local store, problem = native.store.open(loop,
    { path = path, read_only = opts.read_only, memory = opts.memory,
      create = not opts.read_only and opts.create ~= false })
  if not store then
    return nil, problem
  end
  local ok, refused = event.install(store)
  if not ok then
    return nil, refused
  end
  return store
end

---Open a host. World failures: nil, err.
---@param opts? neap.HostOpts
---@return neap.Host? host
---@return table? err
function M.open(opts)
  opts = opts or {}
  local dir = opts.dir or native.sys.cwd()
  local loop = opts.loop or native.loop.new()
  local path = opts.store or place.store(dir)
  local store = opts.reuse
  if not store then
    local problem
    store, problem = open_store(loop, path, opts)
    if not store then
      return nil, problem
    end
  end
  local self = setmetatable({
    store = store, loop = loop, dir = dir, path = path, runs = {}, listeners = {}, open = 0,
    children = {}, untold = {},
    boot_id = native.sys.boot_id(), is_virtual = opts.loop ~= nil,
  }, Host)
  self.scheduler = fiber.scheduler(loop, function()
    self:settle()
  end)
  self.scheduler.host = self
  return self
end

---What only a host that runs something needs: made at the first run.
function Host:prepare()
  if self.environment then
    return true
  end
  local owner, problem = self.store:own()
  if not owner then
    return nil, problem
  end
  self.owner = owner
  self.environment = environ.base()
  self.environ = native.environ.new(self.environment)
  self.secrets = redact.values(self.environment)
  self.lease = lease.watch(self)
  self.inbox = inbox.watch(self)
  return true
end

-- news ---------------------------------------------------------------------------------------

---@class neap.News an event on record, as it is told
---@field type string
---@field run string
---@field at integer ms
---@field step? string
---@field attempt? integer
---@field data table
---@field actor? string
---@field command? string

---Hear of every event of this process after its commit.
---@param fn fun(event: neap.News)
function Host:subscribe(fn)
  table.insert(self.listeners, fn)
end

---The events of a commit are on record.
---@param item table
---@param ack { seq: integer? }
function Host:publish(item, ack)
  if ack.seq then
    self.lease:wrote(ack.seq, #item.events)
  end
  for _, fn in ipairs(self.listeners) do
    for _, e in ipairs(item.events) do
      fn { type = e.type, run = item.run, at = item.at, step = e.step, attempt = e.attempt,
        data = e.data, actor = e.actor, command = e.command }
    end
  end
end

-- runs ---------------------------------------------------------------------------------------

function Host:adopt(row, fence, steps, on_end)
  local run = run_of.new(self, row, fence, steps)
  run.on_end = on_end
  self.runs[run.id] = run
  self.open = self.open + 1
  return run
end

Host.start, Host.continue, Host.run = begin.start, begin.continue, begin.run
Host.held_by_other, Host.program_of = begin.held_by_other, begin.program_of

-- messages -----------------------------------------------------------------------------------

---Put a message into the inbox of a run, from any process.
---@param command? string idempotency key; a repeat is delivered once
---@param fn fun(ack: table?, err: table?)
function Host:send(run_id, name, payload, command, fn)
  inbox.send(self, run_id, name, payload, command, fn)
end

-- ending -------------------------------------------------------------------------------------

function Host:ended(run)
  self:forget(run)
  if run.on_end then
    run.on_end(run)
  end
  if self.done and self.done() then
    self.loop:stop()
  end
end

function Host:forget(run)
  if self.runs[run.id] then
    self.runs[run.id] = nil
    self.open = self.open - 1
  end
end

---Stop: "soft" starts nothing new and lets steps end, "hard" ends their processes too.
function Host:stop(how)
  if self.stopping == "hard" then
    return
  end
  self.stopping = how
  for _, run in pairs(self.runs) do
    if how == "hard" then
      run:drop_bodies()
    end
    for attempt in pairs(run.attempts) do
      if how == "hard" or not attempt.process then
        attempt:stop("killed.interrupted")
      end
    end
    if run.pump then
      run.pump()
    end
  end
  self:settle()
end

---Whether anything of the runs is in flight.
function Host:is_busy()
  if next(self.children) then
    return true
  end
  for _, run in pairs(self.runs) do
    if run.busy > 0 or run.bodies > 0 or run.awake > 0 or next(run.attempts) then
      return true
    end
  end
  return false
end

---After each commit, and when no coroutine is ready: a stop is complete when nothing is in flight.
function Host:settle()
  if self.stopping and not self:is_busy() then
    self.loop:stop()
  end
end

---The disk refused: park everything, start nothing, end the loop.
function Host:halt(problem)
  if self.halted then
    return
  end
  self.halted = problem
  self.stopping = "hard"
  for _, run in pairs(self.runs) do
    run:abandon()
  end
  self.loop:stop()
end

local FAR = 3600 -- seconds: keeps the loop alive while runs only wait for a message

---Run the loop until `done()` is true, nothing is open, or a stop is complete.
---@param done? fun(): boolean
function Host:drive(done)
  local keep
  local function alive()
    keep = self.loop:timer(FAR, alive)
  end
  if not self.is_virtual then
    alive()
  end
  self.done = done
  if not (done and done()) then
    self.loop:run()
  end
  self.done = nil
  if keep then
    keep:stop()
  end
end

---Let go of the runs that have not ended, so that the next owner need not look for their remains,
---and of those whose end was told by now.
function Host:release(fn)
  local left = 1
  local function one()
    left = left - 1
    if left == 0 then
      fn()
    end
  end
  local function let_go(run_id, owner, fence)
    left = left + 1
    self.store:commit({ run = run_id, fence = fence, events = {},
      writes = { { "lease.release", { run = run_id, owner = owner } } } }, one)
  end
  if not self.halted then
    for run_id, run in pairs(self.runs) do
      let_go(run_id, self.owner, run.fence)
    end
    for run_id, owner in pairs(self.untold) do
      let_go(run_id, owner)
    end
  end
  one()
end

---Leave: what still runs is ended, what is ours is let go of, the store is closed.
function Host:close()
  if self.inbox then
    self.inbox:stop()
    self.lease:stop()
  end
  self:release(function()
    self.store:close(function()
      self.loop:stop()
    end)
  end)
  self.loop:run()
  self.loop:close()
end

-- spools -------------------------------------------------------------------------------------

local LONGEST = 200 -- bytes of a spool's name
local ESCAPED = { ["/"] = "~", ["~"] = "%7E", ["%"] = "%25" }

---Where the output of an attempt is spooled while it runs: a path without its suffix.
function Host:spool(mark)
  local name = mark:gsub("[/~%%]", ESCAPED)
  if #name > LONGEST then
    name = name:match("^[^~]*~") .. native.sys.sha256(name)
  end
  return self.path .. "/spool/" .. name
end

---The output is sealed in the journal: remove its spool.
function Host:drop_spool(mark)
  local prefix = self:spool(mark)
  native.sys.remove(prefix .. ".out")
  native.sys.remove(prefix .. ".err")
end

---Nothing of the run writes now: remove what its dead owners left.
function Host:drop_spools(run_id)
  local dir = self.path .. "/spool/"
  for _, name in ipairs(native.sys.list(dir) or {}) do
    if name:find(run_id .. "~", 1, true) == 1 then
      native.sys.remove(dir .. name)
    end
  end
end

M.load = script.load

return M
