-- host: opens the store, owns the loop, hands out runs.
-- Owns what a process has once: the owner's row, the environment, the runs in memory, the stop.
-- Refuses to know what a run does.

require("neap.event.catalogue")

local ending = require("neap.run.ending")
local environ = require("neap.run.environ")
local err = require("neap.base.err")
local event = require("neap.event.define")
local fiber = require("neap.run.fiber")
local id = require("neap.base.id")
local inbox = require("neap.host.inbox")
local json = require("neap.base.json")
local native = require("neap.native")
local place = require("neap.host.place")
local recover = require("neap.run.recover")
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
    children = {},
    boot_id = native.sys.boot_id(), is_virtual = opts.loop ~= nil,
  }, Host)
  self.scheduler = fiber.scheduler(loop)
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
  self.inbox = inbox.watch(self)
  return true
end

-- news ---------------------------------------------------------------------------------------

---Hear of every event of this process after its commit.
---@param fn fun(event: table)
function Host:subscribe(fn)
  table.insert(self.listeners, fn)
end

function Host:publish(item)
  for _, fn in ipairs(self.listeners) do
    for _, e in ipairs(item.events) do
      e.run, e.at = item.run, item.at
      fn(e)
    end
  end
end

-- starting -----------------------------------------------------------------------------------

local function created(program, args, opts, seed)
  local sources, blobs = {}, {}
  for path, text in pairs(program.sources or {}) do
    local hash = native.sys.sha256(text)
    sources[path], blobs[hash] = hash, text
  end
  return {
    name = program.name, key = opts.key, file = program.file, args = json.array(args),
    dir = opts.dir, kind = program.kind, seed = seed, sources = next(sources) and sources or nil,
  }, blobs
end

---Start a new run; `fn(run | nil, err)` once it is on record.
---@param program neap.Program
---@param opts { args?: any[], key?: string, dir?: string, on_end?: fun(run: neap.Run) }
---@param fn? fun(run: neap.Run?, err: table?)
function Host:start(program, opts, fn)
  local ok, problem = self:prepare()
  if not ok then
    return fn and fn(nil, problem)
  end
  local args = json.copy(json.array(opts.args or {}))
  local wall = self.loop:wall()
  local run_id = id.new(wall * 1000, native.sys.random_bytes(5))
  local seed = native.sys.sha256(run_id .. native.sys.random_bytes(8)):sub(1, 16)
  local data, blobs = created(program, args,
    { key = opts.key, dir = opts.dir or program.dir or self.dir }, seed)
  local at = math.floor(wall * 1000 + 0.5)
  self.open = self.open + 1
  self.store:commit({
    run = run_id, at = at, blobs = blobs,
    guards = { { "lease.create", { run = run_id, owner = self.owner } } },
    events = { { type = "run.created", data = data }, { type = "run.started", data = {} } },
  }, function(ack, failed)
    if not ack then
      self.open = self.open - 1
      return fn and fn(nil, failed)
    end
    local row = { id = run_id, name = data.name, key = data.key, file = data.file, args = args,
      dir = data.dir, kind = data.kind, seed = seed, created_at = at, state = "running" }
    local run = self:adopt(row, 1, {}, opts.on_end)
    self:publish({ run = run_id, at = at, events = {
      { type = "run.created", data = data }, { type = "run.started", data = {} } } })
    ending.begin(run, self:function_of(program, opts), args)
    if fn then
      fn(run)
    end
  end)
  return run_id
end

function Host:adopt(row, fence, steps, on_end)
  local run = run_of.new(self, row, fence, steps)
  run.on_end = on_end
  self.runs[run.id] = run
  return run
end

---The function behind a program: a workflow's own, or the graph's loop.
function Host:function_of(program, opts)
  if program.kind ~= "graph" then
    return program.fn
  end
  return require("neap.graph.program").workflow(program.graph, self, opts)
end

-- going on -----------------------------------------------------------------------------------

local function decoded(row)
  row.args = json.decode(row.args)
  return row
end

---Why a run cannot be taken over now, or nil.
function Host:held_by_other(run_id)
  local lease = self.store:query("SELECT * FROM lease WHERE run = ?", { run_id })[1]
  if not lease then
    return nil, { code = "corrupt", message = "run " .. run_id .. " has no lease" }
  end
  if lease.owner ~= 0 and lease.owner ~= self.owner and self.store:alive(lease.owner) then
    local owner = self.store:query("SELECT * FROM owner WHERE id = ?", { lease.owner })[1]
    return nil, { code = "busy", pid = owner and owner.pid,
      message = ("run %s is being run by another neap (process %s)")
        :format(run_id, owner and owner.pid or "?") }
  end
  return lease
end

---Go on with a run of which this process is not the owner; `fn(run | nil, err)`.
---@param run_id string
---@param program neap.Program
---@param opts { on_end?: fun(run: neap.Run), reopen?: string } reopen: a failed step to try again
function Host:continue(run_id, program, opts, fn)
  local ok, problem = self:prepare()
  if not ok then
    return fn(nil, problem)
  end
  local lease
  lease, problem = self:held_by_other(run_id)
  if not lease then
    return fn(nil, problem)
  end
  local events = { { type = "run.taken_over",
    data = { from = lease.owner, fence = lease.fence + 1 } } }
  self.open = self.open + 1
  local item = { run = run_id, at = math.floor(self.loop:wall() * 1000 + 0.5), events = events,
    guards = { { "lease.take", { run = run_id, owner = self.owner, fence = lease.fence } } } }
  self.store:commit(item, function(ack, failed)
    if not ack then
      self.open = self.open - 1
      if failed.code == "guard" then
        failed = { code = "busy",
          message = "another neap took or ended run " .. run_id .. " just now" }
      end
      return fn(nil, failed)
    end
    local row = decoded(self.store:query("SELECT * FROM run WHERE id = ?", { run_id })[1])
    local run = self:adopt(row, lease.fence + 1, recover.steps(self.store, run_id), opts.on_end)
    fn(run)
    self:publish(item)
    recover.prepare(run, lease.owner ~= 0, function()
      recover.reopen(run, opts.reopen, function()
        self.inbox:take_cancel(run, function()
          ending.begin(run, self:function_of(program, opts), row.args)
          self.inbox:look()
        end)
      end)
    end)
  end)
end

---The newest run of a program that has not ended, with the same input.
function Host:unfinished(program, args, key)
  local text = json.encode(json.array(args))
  if key then
    return self.store:query("SELECT * FROM run WHERE name = ? AND key = ?",
      { program.name, key })[1]
  end
  return self.store:query([[SELECT * FROM run WHERE file = ? AND name = ? AND args = ?
    AND key IS NULL AND ended_at IS NULL ORDER BY seq DESC LIMIT 1]],
    { program.file, program.name, text })[1]
end

---Continue the newest unfinished run of `program` with this input, or start a new one.
---@param program neap.Program
---@param opts table { args?: any[], key?: string, new?: boolean, jobs?: integer,
---  on_end?: fun(run: neap.Run) }
---@param fn fun(run: neap.Run?, how: "new"|"continued"|table)
function Host:run(program, opts, fn)
  local args = opts.args or {}
  local row = not opts.new and self:unfinished(program, args, opts.key)
  if not row then
    return self:start(program, opts, function(run, problem)
      fn(run, run and "new" or problem)
    end)
  end
  if opts.key and row.args ~= json.encode(json.array(args)) then
    return fn(nil, { code = "exists", message = ("run %s has the key \"%s\" and other input: %s")
      :format(row.id, opts.key, row.args) })
  elseif row.ended_at then
    return fn(nil, { code = "exists", row = row,
      message = ("run %s with the key \"%s\" has ended: %s"):format(row.id, opts.key, row.state) })
  end
  self:continue(row.id, program, opts, function(run, problem)
    fn(run, run and "continued" or problem)
  end)
end

---Sources of a run as recorded, by path.
function Host:recorded_sources(run_id)
  local created_event = self.store:query(
    "SELECT data FROM event WHERE run = ? AND n = 1", { run_id })[1]
  local sources = {}
  for path, hash in pairs(json.decode(created_event.data).sources or {}) do
    sources[path] = self.store:blob(hash)
  end
  return sources
end

---The program of a run on record: from its file, or with `recorded` from its sources.
---@param row table the run's row
---@param recorded? boolean
function Host:program_of(row, recorded)
  local args = type(row.args) == "string" and json.decode(row.args) or row.args
  if not recorded and not native.sys.exists(row.file) then
    err.usage(("the script of run %s is gone: %s"):format(row.id, row.file),
      { help = ("neap resume --recorded %s uses the source on record"):format(row.id) })
  end
  return script.load(row.file, args, recorded and self:recorded_sources(row.id) or nil)
end

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
    if run.busy > 0 or run.bodies > 0 or next(run.attempts) then
      return true
    end
  end
  return false
end

---After each commit: a stop is complete when nothing is in flight.
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

---Let go of the runs that have not ended, so that the next owner need not look for their remains.
function Host:release(fn)
  local left = 1
  local function one()
    left = left - 1
    if left == 0 then
      fn()
    end
  end
  for run_id, run in pairs(self.halted and {} or self.runs) do
    left = left + 1
    self.store:commit({ run = run_id, fence = run.fence, at = run.journal:at(), events = {},
      writes = { { "lease.release", { run = run_id, owner = self.owner } } } }, one)
  end
  one()
end

---Leave: what still runs is ended, what is ours is let go of, the store is closed.
function Host:close()
  if self.inbox then
    self.inbox:stop()
  end
  self:release(function()
    self.store:close(function()
      self.loop:stop()
    end)
  end)
  self.loop:run()
  self.loop:close()
end

local LONGEST = 200 -- bytes of a spool's name

-- spools -------------------------------------------------------------------------------------

---Where the output of an attempt is spooled while it runs: a path without its suffix.
function Host:spool(mark)
  local name = mark:gsub("/", "~")
  if #name > LONGEST then
    name = native.sys.sha256(name)
  end
  return self.path .. "/spool/" .. name
end

---The output is sealed in the journal: remove its spool.
function Host:drop_spool(mark)
  local prefix = self:spool(mark)
  native.sys.remove(prefix .. ".out")
  native.sys.remove(prefix .. ".err")
end

M.load = script.load

return M
