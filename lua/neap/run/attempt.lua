-- attempt: a process as a durable step.
-- Intent on record, then the process, then its end: an attempt is started at most once, its
-- outcome recorded exactly once. Owns that order and nothing of what the process is for.
-- Works by callbacks, so that a graph holds no coroutine for a node that runs a command.

local duration = require("neap.base.duration")
local environ = require("neap.run.environ")
local err = require("neap.base.err")
local exit = require("neap.policy.exit")
local json = require("neap.base.json")
local native = require("neap.native")
local redact = require("neap.run.redact")
local spec_of = require("neap.run.spec")
local step = require("neap.run.step")

local M = {}

---@class neap.Attempt
---@field run neap.Run
---@field key string
---@field spec neap.ProcessSpec
---@field number integer 1-based
---@field outcome? { state: string, value: any, failure: neap.Failure? }
local Attempt = {}
Attempt.__index = Attempt

---What a recorded row says, or nil while the step is open.
function M.recorded(run, row)
  if row.state == "completed" then
    return { state = "completed", value = spec_of.present(run:pass(row)) }
  elseif row.state == "failed" then
    run.clock = math.max(run.clock, row.ended_at)
    return { state = "failed", failure = run.failure_of(row) }
  elseif row.state == "skipped" then
    return { state = "skipped", cause = row.cause }
  end
end

---@param run neap.Run
---@param key string
---@param spec neap.ProcessSpec
---@param row table? the open step on record
---@return neap.Attempt
function M.new(run, key, spec, row)
  return setmetatable({
    run = run, key = key, spec = spec, row = row,
    generation = row and row.generation or 1,
    number = row and row.attempts or 0,
    interrupted = row ~= nil and row.interruptions > 0,
    due = row and row.due,
  }, Attempt)
end

---Commit the intent of the next attempt, ahead of a free slot if need be.
function Attempt:intend()
  local run, spec = self.run, self.spec
  self.number = self.number + 1
  self.mark = step.mark(run, self.key, self.generation, self.number)
  self.intended, self.ended = "asked", nil
  run:record({ events = { {
    type = "attempt.intended", step = self.key, attempt = self.number,
    data = { kind = spec.kind, args = spec.args, generation = self.generation,
      argv = json.array(spec.argv), mark = self.mark },
  } } }, function()
    self.intended = "yes"
    if self.wanted then
      self:launch()
    end
  end)
end

---Start the process as soon as its intent is on record.
---@param on_done fun(outcome: table) after the outcome is durable
---@param on_exit? fun(retries: boolean) when the process is gone and its slot is free
---@param on_retry? fun() when the next attempt is due; default: it starts at once
function Attempt:start(on_done, on_exit, on_retry)
  self.on_done, self.on_exit, self.on_retry = on_done, on_exit, on_retry
  self.wanted = true
  self.run.attempts[self] = true
  if self.due and self.due > self.run.journal:at() then
    self:retry_at(self.due)
    self.due = nil
  elseif self.intended == "yes" then
    self:launch()
  elseif not self.intended then
    self:intend()
  end
end

---An intent that will not be used: void, and free.
function Attempt:void()
  if self.intended and not self.wanted then
    self.run:record({ events = { { type = "attempt.ended", step = self.key, attempt = self.number,
      data = { kind = self.spec.kind, generation = self.generation, state = "void",
        reason = "killed.unused" } } } }, function() end)
  end
end

-- the process --------------------------------------------------------------------------------

local function environment(self)
  local host = self.run.host
  return environ.with(host.environment, self.spec.env, { NEAP_ATTEMPT = self.mark })
end

---Silence and wall clock: each ends the process with its own reason.
local function arm(self)
  local loop, spec = self.run.host.loop, self.spec
  if spec.timeout then
    self.wall = loop:timer(spec.timeout, function()
      self:stop("timeout.wall")
    end)
  end
  if spec.silence then
    if self.quiet then
      self.quiet:stop()
    end
    self.quiet = loop:timer(spec.silence, function()
      self:stop("timeout.silence")
    end)
  end
end

local function rearm_silence(self)
  if self.quiet then
    self.quiet:stop()
    self.quiet = self.run.host.loop:timer(self.spec.silence, function()
      self:stop("timeout.silence")
    end)
  end
end

local function disarm(self)
  for _, name in ipairs { "wall", "quiet", "hang" } do
    if self[name] then
      self[name]:stop()
      self[name] = nil
    end
  end
end

local HANG = 10 -- seconds a permission request may stay unanswered

---What a line of a tool's protocol meant: a session to keep, a request that nobody will answer.
local function on_line(self, text, stream)
  local news = self.parser:line(text, stream)
  if not news or news.progress ~= false then
    rearm_silence(self)
  end
  if self.hang then
    self.hang:stop()
    self.hang = nil
  end
  if news and news.session and news.session ~= self.session then
    self.session = news.session
    self.run:record({ events = { { type = "agent.session", step = self.key,
      attempt = self.number, data = { session = news.session, generation = self.generation } } } },
      function() end)
  end
  if news and news.blocked_on then
    self.hang = self.run.host.loop:timer(HANG, function()
      self:stop("permission_blocked.pending_prompt")
    end)
  end
end

function Attempt:launch()
  local run, spec = self.run, self.spec
  if run.host.stopping or run.cancelling or run.state == "lost" then
    return self:parked()
  end
  if not spec.prepare then
    return self:spawn()
  end
  spec.prepare(run.host.loop, spec, function(_, problem)
    if problem then
      self:exited({ spawn_error = problem, duration = 0 })
    elseif run.host.stopping or run.cancelling or run.state == "lost" then
      self:parked()
    else
      self:spawn()
    end
  end)
end

function Attempt:spawn()
  local run, spec = self.run, self.spec
  self.parser = spec.stream and spec.stream()
  local process, problem = run.host.loop:spawn({
    argv = spec.argv, cwd = spec.cwd or run.row.dir, env = environment(self),
    stdin = spec.stdin, grace = spec.grace, lines = self.parser ~= nil,
    output = self.parser == nil and spec.silence ~= nil or nil,
    spool = run.host:spool(self.mark),
  }, function(kind, a, b)
    if kind == "exit" then
      self:exited(a)
    elseif kind == "line" then
      on_line(self, a, b)
    else
      rearm_silence(self)
    end
  end)
  if not process then
    return self:exited({ spawn_error = problem, duration = 0 })
  end
  self.process = process
  arm(self)
  run:record({ events = { { type = "attempt.started", step = self.key, attempt = self.number,
    data = { generation = self.generation, pid = process:pid(),
      start_time = process:start_time(), boot_id = run.host.boot_id } } } }, function() end)
end

---It may not start now: the intent stays, and is void at the next start.
function Attempt:parked()
  self.run.attempts[self] = nil
  if self.run.cancelling and self.on_done then
    self:void_now()
  end
  self.run.host:settle()
end

function Attempt:void_now()
  self.wanted = false
  self:void()
  self.on_done({ state = "failed", failure = err.failure { reason = "killed",
    detail = "cancelled", message = "cancelled before it started", step = self.key } })
end

---End the process: TERM to its group, grace, KILL.
---@param reason string "timeout.wall", "killed.cancelled", "killed.interrupted" …
function Attempt:stop(reason)
  if self.process then
    self.process:stop(reason)
  elseif self.timer then
    self.timer:stop()
    self.timer = nil
    self.stopped = reason
    self:parked()
  end
end

---The run is lost to another owner: end what runs, record nothing.
function Attempt:abandon()
  self.abandoned = true
  self:stop("killed.interrupted")
end

-- the end ------------------------------------------------------------------------------------

local function tail_blob(run, text, blobs)
  if not text or text == "" then
    return nil
  end
  text = redact.whole(redact.clean(text, run.host.secrets))
  local hash = native.sys.sha256(text)
  blobs[hash] = text
  return hash, text
end

---The failure of this attempt as the journal keeps it, or nil when it succeeded.
local function judge(self, facts, tool)
  local spec = self.spec
  local class = exit.classify(facts, tool)
  local value = facts.spawn_error == nil and (spec.value or spec_of.plain_value)(facts, tool) or nil
  local failure
  if class.reason ~= "normal" then
    failure = class
  elseif spec.check then
    failure = spec.check(value, facts, tool)
  end
  return class, value, failure
end

local function describe(self, class, facts)
  if class.message then
    return class.message
  elseif facts.spawn_error then
    return facts.spawn_error.message
  end
  local spec = self.spec
  local name = spec.name or spec.argv[1]
  if facts.stopped == "timeout.wall" then
    return ("%s ran longer than %s"):format(name, duration.format(spec.timeout))
  elseif facts.stopped == "timeout.silence" then
    return ("%s printed nothing for %s"):format(name, duration.format(spec.silence))
  elseif facts.signal then
    return ("%s was ended by signal %d"):format(name, facts.signal)
  elseif facts.code and facts.code ~= 0 then
    return ("%s exited with code %d"):format(name, facts.code)
  end
  return ("%s: %s"):format(name, class.reason)
end

---What the step does after this end: completed, failed or retrying.
local function verdict_of(self, failure, facts, at)
  if facts.stopped == "killed.interrupted" then
    return { state = "retrying", interruptions = (self.row and self.row.interruptions or 0) + 1 }
  elseif not failure then
    return { state = "completed" }
  elseif self.run.cancelling then
    return { state = "failed" }
  end
  local row = self.row or { started_at = at }
  self.row = row
  local verdict = step.decide(self.run, self.spec.policy, failure, row, at)
  row.budgets = verdict.budgets
  return verdict
end

function Attempt:exited(facts)
  disarm(self)
  self.process = nil
  if self.abandoned then
    return
  end
  local run, spec = self.run, self.spec
  local tool = self.parser and self.parser:finish(facts) or nil
  local class, value, failure = judge(self, facts, tool)
  local blobs = {}
  local stdout, out_text = tail_blob(run, facts.stdout_tail, blobs)
  local stderr, err_text = tail_blob(run, facts.stderr_tail, blobs)
  if failure then
    failure = err.failure(failure)
    failure.message = describe(self, failure, facts)
    failure.step, failure.attempts = self.key, self.number
    failure.tails = { stdout = out_text, stderr = err_text }
  end
  local at = run.journal:at()
  local verdict = verdict_of(self, failure, facts, at)
  local data = {
    kind = spec.kind, generation = self.generation, state = verdict.state,
    reason = failure and failure.reason .. (failure.detail and "." .. failure.detail or "")
      or class.reason .. (class.detail and "." .. class.detail or ""),
    value = not failure and M.recordable(value) or nil,
    failure = failure and M.plain_failure(failure) or nil,
    code = facts.code, signal = facts.signal, stdout = stdout, stderr = stderr,
    budgets = verdict.budgets, retry_at = verdict.retry_at,
    duration = step.microseconds(facts.duration),
    interruptions = verdict.interruptions, policy = verdict.policy,
    context = failure and step.snapshot(run) or nil,
  }
  local events = { { type = "attempt.ended", step = self.key, attempt = self.number, data = data } }
  for _, extra in ipairs(spec.events and spec.events(value, failure, facts, tool) or {}) do
    events[#events + 1] = { type = extra[1], step = self.key, attempt = self.number,
      data = extra[2] }
  end
  self.intended, self.wanted = nil, false
  local retries = verdict.state == "retrying"
  run:record({ at = at, events = events, blobs = blobs }, function()
    run.clock = math.max(run.clock, at)
    run.host:drop_spool(self.mark)
    self:settled(verdict, value, failure)
  end)
  if self.on_exit then
    self.on_exit(retries)
  end
end

---A value with output that is no text becomes marked bytes.
function M.recordable(value)
  if type(value) == "table" and type(value.stdout) == "string"
    and not native.json.encode(value.stdout) then
    value.stdout = json.bytes(value.stdout)
  end
  return value
end

---The failure as data: tails that are no text are marked.
function M.plain_failure(failure)
  local plain = {}
  for name, field in pairs(failure) do
    plain[name] = field
  end
  plain.tails = {}
  for name, text in pairs(failure.tails or {}) do
    plain.tails[name] = native.json.encode(text) and text or json.bytes(text)
  end
  return plain
end

---The end is on record: hand it on, or wait for the next attempt.
function Attempt:settled(verdict, value, failure)
  local run = self.run
  if verdict.state ~= "retrying" then
    run.attempts[self] = nil
    run.steps[self.key] = { made_here = true, state = verdict.state }
    self.on_done({ state = verdict.state, failure = failure,
      value = not failure and spec_of.present(value) or nil })
  elseif run.host.stopping then
    run.attempts[self] = nil
  else
    local decision = verdict.decision
    local following = self.spec.next and decision and self.spec.next(decision, failure, self.number)
    self.spec = following or self.spec
    self:retry_at(verdict.retry_at or 0)
  end
end

---Begin the next attempt when its time comes; no process and no slot is held until then.
function Attempt:retry_at(due)
  local run = self.run
  local function go()
    self.timer = nil
    if run.host.stopping or run.cancelling then
      return self:parked()
    elseif self.on_retry then
      run.attempts[self] = nil
      self.on_retry()
    else
      self:start(self.on_done, self.on_exit)
    end
  end
  if due <= run.journal:at() then
    return go()
  end
  self.timer = run.host.loop:alarm(due / 1000, go)
end

return M
