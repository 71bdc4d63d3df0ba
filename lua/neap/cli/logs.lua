-- logs: what the processes of a run print. A finished attempt gives what is on record; a running
-- one its spool, and with -f goes on until the run is over.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"
local native = require "neap.native"

local function declare(parser)
  parser:argument("run", "The run's id, or the beginning of it.")
  parser:argument("step", "Only this step."):args "?"
  parser:flag("-f --follow", "Go on until the run is over.")
  command.read_options(parser)
end

local ATTEMPTS = [[SELECT a.step, a.attempt, a.generation, a.state, a.mark, a.stdout, a.stderr,
    s.attempts AS newest, s.generation AS newest_generation, s.value
  FROM attempt a JOIN step s ON s.run = a.run AND s.key = a.step
  WHERE a.run = ?1 AND a.argv IS NOT NULL AND (?2 = '' OR a.step = ?2)
  ORDER BY coalesce(a.started_at, a.ended_at), s.n, a.generation, a.attempt]]

---@class neap.Logs
---@field files table<string, table> by mark: the open spools of an attempt
---@field done table<string, boolean> by mark
local Logs = {}
Logs.__index = Logs

---Write bytes as they are; with more than one attempt in view, below a line that says whose.
function Logs:write(attempt, stream, bytes)
  if not bytes or bytes == "" then
    return
  elseif self.json then
    return command.print_json { step = attempt.step, attempt = attempt.attempt, stream = stream,
      text = native.json.encode(bytes) and bytes or native.json.bytes(bytes) }
  end
  local title = ("%s, attempt %d"):format(attempt.step, attempt.attempt)
  if self.titles and self.title ~= title then
    io.stdout:write(self.title and "\n" or "", self.style:paint("dim", "== " .. title), "\n")
    self.title = title
  end
  io.stdout:flush()
  io[stream]:write(bytes)
  io[stream]:flush()
end

---All of the output where the step's value kept it, else the tail that is on record.
function Logs:recorded(attempt, stream)
  local newest = attempt.attempt == attempt.newest
    and attempt.generation == attempt.newest_generation
  if stream == "stdout" and newest and attempt.value then
    local value = native.json.decode(attempt.value)
    if type(value) == "table" and type(value.stdout) == "string" and not value.truncated then
      return value.stdout
    end
  end
  return attempt[stream] and self.host.store:blob(attempt[stream]) or nil
end

---The spools of an attempt, opened once: what is written stays readable after they are gone.
function Logs:spools(attempt)
  local files = self.files[attempt.mark] or {}
  self.files[attempt.mark] = files
  local prefix = self.host:spool(attempt.mark)
  files.stdout = files.stdout or io.open(prefix .. ".out", "rb")
  files.stderr = files.stderr or io.open(prefix .. ".err", "rb")
  return files
end

function Logs:attempt(attempt)
  if self.done[attempt.mark] then
    return
  end
  local ended = attempt.state ~= "running" and attempt.state ~= "intended"
  local files = self:spools(attempt)
  for _, stream in ipairs { "stdout", "stderr" } do
    local file = files[stream]
    if file then
      self:write(attempt, stream, file:read("*a"))
      file:seek("cur", 0)
    elseif ended and not (files.stdout or files.stderr) then
      self:write(attempt, stream, self:recorded(attempt, stream))
    end
    if ended and file then
      file:close()
      files[stream] = nil
    end
  end
  self.done[attempt.mark] = ended or nil
end

---Everything there is now; the number of attempts.
function Logs:pass()
  local attempts = command.query(self.host, ATTEMPTS, { self.run, self.step })
  self.titles = self.titles or #attempts > 1 or (self.following and self.step == "")
  for _, attempt in ipairs(attempts) do
    self:attempt(attempt)
  end
  return #attempts
end

function Logs:over()
  return command.query(self.host, "SELECT ended_at FROM run WHERE id = ?", { self.run })[1].ended_at
    ~= nil
end

---Look again whenever a spool grows or a commit is made, until the run is over.
function Logs:follow()
  local loop = self.host.loop
  local function look()
    self:pass()
    if self:over() then
      loop:stop()
    end
  end
  local watch = loop:watch(self.host.path .. "/spool", look)
  self.host.store:on_wake(look)
  local interrupt = loop:signal("int", function()
    self.interrupted = true
    loop:stop()
  end)
  look()
  if not self:over() then
    self.host:drive()
  end
  if watch then
    watch:stop()
  end
  interrupt:stop()
end

return function(args, summary)
  local o = command.parse("logs", summary, args, declare)
  local host = command.open_to_read(o)
  local run = command.find(host, o.run)
  local logs = setmetatable({ host = host, run = run.id, step = o.step or "", files = {},
    done = {}, json = o.json, style = command.style(), following = o.follow }, Logs)
  local count = logs:pass()
  if count == 0 and o.step and not o.follow then
    command.refuse(exit.USAGE, ("run %s has no process of step %q"):format(run.id, o.step),
      ("neap show %s lists the steps"):format(run.id))
  end
  if o.follow then
    logs:follow()
  end
  host:close()
  return logs.interrupted and exit.INTERRUPTED or exit.DONE
end
