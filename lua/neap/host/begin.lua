-- begin: how a run comes to this process: made new, or gone on with where its last owner left it.
-- Owns what is on record of its script, and that no two processes have one run. The functions are
-- methods of neap.Host.

local ending = require("neap.run.ending")
local err = require("neap.base.err")
local id = require("neap.base.id")
local json = require("neap.base.json")
local native = require("neap.native")
local recover = require("neap.run.recover")
local script = require("neap.host.script")

local M = {}

local LOOK = 0.005 -- seconds between looks at an owner that may be leaving
local DYING = 0.3 -- seconds: one that was killed just now still looks alive

---Hashes of the sources of a program by path, and their texts by hash.
local function hashed(program)
  local sources, blobs = {}, {}
  for path, text in pairs(program.sources or {}) do
    local hash = native.sys.sha256(text)
    sources[path], blobs[hash] = hash, text
  end
  return next(sources) and sources or nil, blobs
end

---The function behind a program: a workflow's own, or the graph's loop.
local function function_of(host, program, opts)
  if program.kind ~= "graph" then
    return program.fn
  end
  return require("neap.graph.program").workflow(program.graph, host, opts)
end

local function now(host)
  return math.floor(host.loop:wall() * 1000 + 0.5)
end

-- new ------------------------------------------------------------------------------------------

---What run.created says.
local function created(host, program, args, opts, run_id)
  local sources, blobs = hashed(program)
  return {
    name = program.name, key = opts.key, file = program.file, args = args, kind = program.kind,
    dir = opts.dir or program.dir or host.dir, sources = sources,
    seed = native.sys.sha256(run_id .. native.sys.random_bytes(8)):sub(1, 16),
  }, blobs
end

local function guards(host, data, run_id, alone)
  local list = { { "lease.create", { run = run_id, owner = host.owner } } }
  if data.key then
    list[2] = { "run.unnamed", { name = data.name, key = data.key } }
  elseif alone then
    list[2] = { "run.alone", { file = data.file, name = data.name, args = json.encode(data.args) } }
  end
  return list
end

---Start a new run; `fn(run | nil, err)` once it is on record.
---@param host neap.Host
---@param program neap.Program
---@param opts table { args?: any[], key?: string, dir?: string, jobs?: integer,
---  alone?: boolean, on_end?: fun(run: neap.Run) }; alone: not when such a run is unfinished
---@param fn? fun(run: neap.Run?, err: table?)
---@return string? run its id
function M.start(host, program, opts, fn)
  local ok, problem = host:prepare()
  if not ok then
    return fn and fn(nil, problem)
  end
  local at = now(host)
  local run_id = id.new(at, native.sys.random_bytes(5))
  local args = json.copy(json.array(opts.args or {}))
  local data, blobs = created(host, program, args, opts, run_id)
  local item = { run = run_id, at = at, blobs = blobs,
    guards = guards(host, data, run_id, opts.alone),
    events = { { type = "run.created", data = data }, { type = "run.started", data = {} } } }
  host.store:commit(item, function(ack, failed)
    if not ack then
      return fn and fn(nil, failed)
    end
    local row = { id = run_id, name = data.name, key = data.key, file = data.file, args = args,
      dir = data.dir, kind = data.kind, seed = data.seed, created_at = at, state = "running" }
    local run = host:adopt(row, 1, {}, opts.on_end)
    host:publish(item, ack)
    ending.begin(run, function_of(host, program, opts), args)
    if fn then
      fn(run)
    end
  end)
  return run_id
end

-- going on ---------------------------------------------------------------------------------------

---The lease of a run, or nil and why it cannot be taken now.
---@param host neap.Host
---@param run_id string
function M.held_by_other(host, run_id)
  local lease = host.store:query("SELECT * FROM lease WHERE run = ?", { run_id })[1]
  if not lease then
    return nil, { code = "corrupt", message = "run " .. run_id .. " has no lease" }
  elseif host.runs[run_id] then
    return nil, { code = "busy", message = ("run %s is being run here"):format(run_id) }
  end
  if lease.owner ~= 0 and lease.owner ~= host.owner and host.store:alive(lease.owner) then
    local owner = host.store:query("SELECT * FROM owner WHERE id = ?", { lease.owner })[1]
    return nil, { code = "busy", pid = owner and owner.pid,
      -- nobody, but for a child of it that is not yet the program it was started as
      leaving = owner and not native.sys.alive(owner.pid, owner.start_time, owner.boot_id),
      message = ("run %s is being run by another neap (process %s)")
        :format(run_id, owner and owner.pid or "?") }
  end
  return lease
end

---The same of an owner that may be dying: neither, and `again` is called, where it is too early to
---say.
---@param asked number? when, of the first look
---@param again fun(asked: number)
local function look(host, run_id, asked, again)
  asked = asked or host.loop:now()
  local lease, held = M.held_by_other(host, run_id)
  if held and (held.leaving or held.pid and host.loop:now() < asked + DYING) then
    host.loop:timer(LOOK, function()
      again(asked)
    end)
    return nil, nil
  end
  return lease, held
end

---The run is ours and on record as such: make it ready, then call its function again.
local function go_on(host, run, died, program, opts)
  recover.prepare(run, died, function()
    recover.reopen(run, opts.reopen, function()
      host.inbox:take_cancel(run, function()
        ending.begin(run, function_of(host, program, opts), run.row.args)
        host.inbox:look()
      end)
    end)
  end)
end

---Go on with a run of which this process is not the owner; `fn(run | nil, err)`.
---@param host neap.Host
---@param run_id string
---@param program neap.Program
---@param opts table { on_end?: fun(run: neap.Run), reopen?: string, jobs?: integer }
---@param fn fun(run: neap.Run?, err: table?)
---@param asked? number when, for the second look and the next
function M.continue(host, run_id, program, opts, fn, asked)
  local ok, problem = host:prepare()
  if not ok then
    return fn(nil, problem)
  end
  local lease, held = look(host, run_id, asked, function(first)
    M.continue(host, run_id, program, opts, fn, first)
  end)
  if not lease then
    return held and fn(nil, held)
  end
  local item = { run = run_id, at = now(host),
    events = { { type = "run.taken_over",
      data = { from = lease.owner, fence = lease.fence + 1 } } },
    guards = { { "lease.take", { run = run_id, owner = host.owner, fence = lease.fence } } } }
  host.store:commit(item, function(ack, failed)
    if not ack then
      return fn(nil, failed.code ~= "guard" and failed or { code = "busy",
        message = "another neap took or ended run " .. run_id .. " just now" })
    end
    local row = host.store:query("SELECT * FROM run WHERE id = ?", { run_id })[1]
    row.args = json.decode(row.args)
    local run = host:adopt(row, lease.fence + 1, recover.steps(host.store, run_id), opts.on_end)
    fn(run)
    host:publish(item, ack)
    go_on(host, run, lease.owner ~= 0, program, opts)
  end)
end

-- which ------------------------------------------------------------------------------------------

---The run of a key, or the newest of a program that has not ended, with the same input.
local function unfinished(host, program, text, key)
  if key then
    return host.store:query("SELECT * FROM run WHERE name = ? AND key = ?",
      { program.name, key })[1]
  end
  return host.store:query([[SELECT * FROM run WHERE file = ? AND name = ? AND args = ?
    AND key IS NULL AND ended_at IS NULL ORDER BY seq DESC LIMIT 1]],
    { program.file, program.name, text })[1]
end

---The newest run of a program with this input, where it ended under a host that may not have told.
local function untold(host, program, text)
  local row = host.store:query([[SELECT r.*, l.owner FROM run r JOIN lease l ON l.run = r.id
    WHERE r.file = ? AND r.name = ? AND r.args = ? AND r.key IS NULL ORDER BY r.seq DESC LIMIT 1]],
    { program.file, program.name, text })[1]
  return row and row.ended_at and row.owner ~= 0 and row or nil
end

---Why the run of a key is not gone on with, or nil.
local function refusal(row, text, opts)
  if opts.key and row.args ~= text then
    return { code = "exists", message = ("run %s has the key \"%s\" and other input: %s")
      :format(row.id, opts.key, row.args) }
  elseif opts.key and opts.new then
    return { code = "exists", message = ("run %s has the key \"%s\": a key is one run for ever")
      :format(row.id, opts.key) }
  elseif row.ended_at then
    return { code = "exists", row = row,
      message = ("run %s with the key \"%s\" has ended: %s"):format(row.id, opts.key, row.state) }
  end
end

---It runs here already: hear of its end too.
local function follow(host, run, opts, fn)
  local before = run.on_end
  run.on_end = function(ended)
    for _, hear in ipairs { before or function() end, opts.on_end } do
      hear(ended)
    end
  end
  fn(run, "continued")
  host.inbox:look()
end

---An end that a killed neap did not tell is the answer; otherwise start a new run.
local function start_or_tell(host, program, opts, fn, text, asked)
  local row = host.tells and not opts.new and not opts.key and untold(host, program, text)
  local lease, held
  if row then
    lease, held = look(host, row.id, asked, function(first)
      start_or_tell(host, program, opts, fn, text, first)
    end)
    if not lease and not held then
      return
    end
  end
  if lease then
    host.untold[row.id] = lease.owner
    return fn(nil, { code = "exists", row = row, untold = true,
      message = "the end of run " .. row.id .. " was not told yet" })
  end
  local alone = setmetatable({ alone = not opts.new }, { __index = opts })
  M.start(host, program, alone, function(run, failed)
    if failed and (failed.guard == "run.alone" or failed.guard == "run.unnamed") then
      return M.run(host, program, opts, fn) -- another neap made it just now
    end
    fn(run, run and "new" or failed)
  end)
end

---Continue the newest unfinished run of `program` with this input, or start a new one.
---@param host neap.Host
---@param program neap.Program
---@param opts table { args?: any[], key?: string, new?: boolean, jobs?: integer,
---  on_end?: fun(run: neap.Run) }
---@param fn fun(run: neap.Run?, how: "new"|"continued"|table)
function M.run(host, program, opts, fn)
  local text = json.encode(json.array(opts.args or {}))
  local row = (opts.key or not opts.new) and unfinished(host, program, text, opts.key)
  local problem = row and refusal(row, text, opts)
  if problem then
    return fn(nil, problem)
  elseif row and host.runs[row.id] then
    return follow(host, host.runs[row.id], opts, fn)
  elseif row then
    return M.continue(host, row.id, program, opts, function(run, failed)
      fn(run, run and "continued" or failed)
    end)
  end
  start_or_tell(host, program, opts, fn, text)
end

---The sources of a run as they were when it was made, by path.
local function sources_of(host, run_id)
  local row = host.store:query("SELECT data FROM event WHERE run = ? AND n = 1", { run_id })[1]
  local texts = {}
  for path, hash in pairs(json.decode(row.data).sources or {}) do
    texts[path] = host.store:blob(hash)
  end
  return texts
end

---The program of a run on record: from its file, or with `recorded` from its sources.
---@param host neap.Host
---@param row table the run's row
---@param recorded? boolean
---@return neap.Program
function M.program_of(host, row, recorded)
  local args = type(row.args) == "string" and json.decode(row.args) or row.args
  if not recorded and not native.sys.exists(row.file) then
    err.usage(("the script of run %s is gone: %s"):format(row.id, row.file),
      { help = ("neap resume --recorded %s uses the source on record"):format(row.id) })
  end
  return script.load(row.file, args, recorded and sources_of(host, row.id) or nil)
end

return M
