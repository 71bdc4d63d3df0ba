-- drive: runs in the foreground: their progress, Ctrl-C, and how the command ends.
-- Owns what `neap run`, `resume` and `cancel` share. The words are neap.view's.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"
local interrupted = require "neap.view.interrupted"
local json = require "neap.base.json"
local native = require "neap.native"
local progress = require "neap.view.progress"
local style = require "neap.view.style"

local M = {}

local KEEP_ALIVE = 60 -- seconds of quiet before a line says what runs
local PATIENCE = 1 -- seconds that Lua may keep the loop from hearing that neap must end
local UNHEARD = "error: a Lua function did not come back, so neap ended without it: what is on "
  .. "record is safe\nhelp: run it again to go on; long work belongs in a process\n"

---@class neap.Drive
---@field host table
---@field shown table<string, neap.Progress> by run
---@field names table<string, string> by run
---@field open table<string, boolean> runs that are waited for
---@field lost table<string, boolean> runs that another process took over
---@field starting? any set while a start or continue has not been answered
---@field codes table<integer, boolean> exit codes of what has ended
---@field code? integer exit code of a refusal, or of a signal
local Drive = {}
Drive.__index = Drive

---@param host table
---@param opts? { parks?: boolean } parks: a run that only waits is not waited for
---@return neap.Drive
function M.new(host, opts)
  local self = setmetatable({
    host = host, style = command.style(), shown = {}, names = {}, open = {}, lost = {},
    early = {}, codes = {}, parks = opts and opts.parks, piped = not native.sys.isatty(1),
  }, Drive)
  host.tells = true
  host:subscribe(function(event)
    self:hear(event)
  end)
  return self
end

function Drive:say(line)
  io.stdout:write(line, "\n")
  io.stdout:flush()
end

---The progress of one run; lines carry the run's name when there is more than one.
function Drive:progress(run_id)
  local shown = self.shown[run_id]
  if not shown then
    shown = progress.new(self.style, command.now(self.host))
    self.shown[run_id] = shown
  end
  return shown
end

---What happened. A person sees it at once, a file or a pipe gets that of a turn together.
function Drive:lines(run_id, lines)
  local many = next(self.names, next(self.names)) ~= nil
  for _, line in ipairs(lines) do
    line = many and ("%s: %s"):format(self.names[run_id] or run_id, line) or line
    if not self.piped then
      self:say(line)
    else
      io.stdout:write(line, "\n")
      self:flush_soon()
    end
  end
end

function Drive:flush_soon()
  if not self.unflushed then
    self.unflushed = true
    self.host.loop:defer(function()
      self.unflushed = nil
      io.stdout:flush()
    end)
  end
end

---An event of a run; what comes before the run is followed is told when it is.
function Drive:hear(event)
  if not self.names[event.run] then
    self.early[event.run] = self.early[event.run] or {}
    table.insert(self.early[event.run], event)
    return
  end
  self:lines(event.run, self:progress(event.run):event(event))
  if event.type == "run.waiting" and self.parks then
    self:release(event.run)
  end
end

---A run is over, or waits: leave the loop when it was the last.
function Drive:release(run_id)
  self.open[run_id] = nil
  if next(self.open) == nil then
    self.host.loop:stop()
  end
end

---Follow a run from now on: say so, and what of it was waiting already.
---@param row { id: string, name: string }
---@param how string "(new)", "(continued)"
function Drive:follow(row, how)
  self.names[row.id] = row.name
  self.open[row.id] = true
  self:say(("%s %s %s"):format(self.style:paint("bold", "run " .. row.id), row.name, how))
  for _, event in ipairs(self.early[row.id] or {}) do
    self:hear(event)
  end
  self:hear_waits(row.id)
end

---What a run waits for since before this process.
function Drive:hear_waits(run_id)
  local now, parked = command.now(self.host), self:progress(run_id).parked
  local function waits(row)
    return row.state == "waiting" or row.state == "retrying" and (row.due or 0) > now
  end
  for _, row in ipairs(self.host.runs[run_id]:steps_where(waits)) do
    if not parked[row.key] then
      self:hear { run = run_id, type = "wait.began", step = row.key, at = now,
        data = { kind = row.state == "retrying" and "retry" or row.kind, ["until"] = row.due,
          args = row.args and json.decode(row.args) } }
    end
  end
end

---What the host calls when a run is over.
---@return fun(run: table)
function Drive:on_end()
  return function(run)
    self.lost[run.id] = run.state == "lost"
    self:release(run.id)
  end
end

---First Ctrl-C: nothing new starts; second: the processes are ended. TERM and HUP end them at once.
---What is not heard while a Lua function computes ends neap all the same, but for the first Ctrl-C.
function Drive:catch_signals()
  local host, loop = self.host, self.host.loop
  local handles = {}
  handles[1] = loop:signal("int", function()
    if host.stopping then
      self:say "stopping now: the running processes are ended"
      host:stop("hard")
    else
      self:say "stopping: nothing new starts, running steps end (Ctrl-C again ends them)"
      host:stop("soft")
    end
    self.code = self.code or exit.INTERRUPTED
  end)
  handles[1]:insist(2, PATIENCE, UNHEARD)
  local hup = not native.loop.ignores "hup" and "hup" or nil -- under nohup it is nothing
  for i, name in ipairs { "term", hup } do
    handles[i + 1] = loop:signal(name, function()
      self.code = exit.TERMINATED
      host:stop("hard")
    end)
    handles[i + 1]:insist(1, PATIENCE, UNHEARD)
  end
  return handles
end

---Piped and quiet: a line each minute says what runs and what waits.
function Drive:keep_alive()
  local now, least = command.now(self.host), KEEP_ALIVE
  for run_id, shown in pairs(self.shown) do
    if self.open[run_id] then
      self:lines(run_id, { shown:tick(now) })
      least = math.min(least, KEEP_ALIVE - (now - shown.last) / 1000)
    end
  end
  self.quiet = self.host.loop:timer(math.max(1, least), function()
    self:keep_alive()
  end)
end

---Run the loop until the runs that are followed are over, or a stop is complete.
function Drive:loop()
  if next(self.open) ~= nil or self.starting then
    native.on_error(function(message)
      self.host:halt({ code = "bug", message = message })
    end)
    local handles = self:catch_signals()
    if self.piped then
      self:keep_alive()
    end
    self.host:drive()
    for _, handle in ipairs(handles) do
      handle:stop()
    end
    if self.quiet then
      self.quiet:stop()
    end
  end
end

local function row_of(host, run_id)
  local row = command.query(host, "SELECT * FROM run WHERE id = ?", { run_id })[1]
  command.decode(row, { "failure", "waits", "args" })
  for _, failure in ipairs { row.failure, unpack(row.failure and row.failure.failures or {}) } do
    failure.file = failure.file and command.relative(failure.file)
  end
  row.file = row.file and command.relative(row.file)
  return row
end

---The process that has a run now, or nil.
local function holder_of(host, run_id)
  local row = command.query(host, [[SELECT o.pid FROM lease l JOIN owner o ON o.id = l.owner
    WHERE l.run = ?]], { run_id })[1]
  return row and row.pid
end

---The last words about a run, and its exit code.
function Drive:conclude(run_id)
  local host, now = self.host, command.now(self.host)
  local row = row_of(host, run_id)
  if self.lost[run_id] then
    self:lines(run_id, interrupted.taken_over(row, holder_of(host, run_id), self.style))
    return exit.STORE
  end
  if self.code and not row.ended_at then
    local steps = command.query(host, [[SELECT key, kind, state, due, args FROM step
      WHERE run = ? AND state NOT IN ('completed', 'failed', 'skipped') ORDER BY n]], { run_id })
    for _, step in ipairs(steps) do
      command.decode(step, { "args" })
    end
    self:lines(run_id, interrupted.render(row, steps, { style = self.style, now_ms = now }))
    return self.code
  end
  self:lines(run_id, self:progress(run_id):ending(row, now))
  return exit.of_run(row)
end

---A run that has ended already is its own answer: its outcome, and its exit code.
---@param run_id string
---@param untold? boolean its neap was killed before it could say so
---@return integer
function Drive:answer(run_id, untold)
  local row, now = row_of(self.host, run_id), command.now(self.host)
  self:say(("%s %s (%s %s)"):format(self.style:paint("bold", "run " .. run_id), row.name, row.state,
    style.ago(row.ended_at, now)))
  if untold then
    self:say(self.style:paint("dim",
      "its neap was killed before it could say so; the same command again starts another run"))
  end
  for _, line in ipairs(self:progress(run_id):outcome(row, now)) do
    self:say(line)
  end
  return exit.of_run(row)
end

-- The worst of several, the one a script must notice first.
local WORST = { exit.INTERRUPTED, exit.TERMINATED, exit.STORE, exit.USAGE, exit.STALLED,
  exit.FAILED, exit.BUDGET, exit.REJECTED, exit.CANCELLED, exit.PERSON, exit.PARKED, exit.DONE }

---Drive to the end, say how each run stands, and give the exit code.
---@return integer
function Drive:finish()
  self:loop()
  local halted = self.host.halted
  if halted and halted.code == "bug" then
    command.refuse(exit.BUG, halted.message, "this is a mistake in neap; what is on record is safe")
  elseif halted then
    command.refuse(exit.STORE, halted.message, "what is on record is safe: run it again to go on")
  end
  local codes = self.codes
  for run_id in require("neap.base.order").sorted_pairs(self.names) do
    codes[self:conclude(run_id)] = true
  end
  io.stdout:flush()
  for _, code in ipairs(WORST) do
    if codes[code] then
      return code
    end
  end
  return self.code or exit.DONE
end

---A start or continue was refused: remember why, and leave the loop.
function Drive:refused(problem)
  self.problem = problem
  self.host.loop:stop()
end

---Raise what `refused` remembered.
function Drive:check()
  local problem = self.problem
  if problem then
    local usage = problem.code == "exists"
    command.refuse(usage and exit.USAGE or exit.STORE, problem.message,
      usage and "use another --key, or the same input" or nil)
  end
end

return M
