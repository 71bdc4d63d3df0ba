-- attempt: a process as a durable step.
-- Intent on record, then the process, then its end: an attempt is started at most once, its
-- outcome recorded exactly once. Owns that order and nothing of what the process is for.
-- Works by callbacks, so that a graph holds no coroutine for a node that runs a command.

local environ = require("neap.run.environ")
local err = require("neap.base.err")
local failure = require("neap.run.failure")
local json = require("neap.base.json")
local limits = require("neap.run.limits")
local recorded = require("neap.run.recorded")
local route_of = require("neap.run.route")
local step = require("neap.run.step")
local verdict_of = require("neap.run.verdict")

local M = {}

---@class neap.Attempt
---@field run neap.Run
---@field key string
---@field spec neap.ProcessSpec
---@field number integer 1-based
---@field patient? boolean its records may wait for others: somebody flushes when a slot is idle,
---  and an end that took long to come to does not wait
---@field holds? boolean its slot is free when its end is on record, not at its exit
local Attempt = {}
Attempt.__index = Attempt

local function nothing() end

local LONG = 1 -- seconds: what took less is done again in no time, should a crash come now

---@param run neap.Run
---@param key string
---@param spec neap.ProcessSpec
---@param row table? the open step on record
---@param w neap.Workflow? whose step it is, where one waits for it
---@return neap.Attempt
function M.new(run, key, spec, row, w)
  local route = spec.next and route_of.recorded(row)
  return setmetatable({
    run = run, key = key, spec = route_of.follow(route, spec), route = route, row = row, w = w,
    cleaning = w and w.cleaning,
    generation = row and row.generation or 1,
    number = row and row.attempts or 0,
    interruptions = row and row.interruptions or 0,
    due = row and row.due,
    -- what comes later, so that the table never grows
    patient = false, holds = false, intended = false, wanted = false, mark = false,
    session = false, resumed = false, on_done = false, on_exit = false, on_retry = false,
    process = false, parser = false, limits = false, timer = false, said_all = false,
    asked_to_end = false, abandoned = false, in_vain = false,
  }, Attempt)
end

---Whether nothing may start now.
function Attempt:is_halted()
  local run = self.run
  return run.host.stopping or run.closing or run.state == "lost"
    or run.cancelling and not self.cleaning
end

---Go on with the session of the last attempt, where the spec can and the tool still has it.
local function resume(self)
  local again = self.number > 0 and self.spec.again
  if not again then
    return self.spec
  end
  local last = self.run.host.store:query([[SELECT session, reason FROM attempt
    WHERE run = ? AND step = ? AND generation = ? AND session IS NOT NULL
    ORDER BY attempt DESC LIMIT 1]], { self.run.id, self.key, self.generation })[1]
  self.resumed = last and last.reason ~= "crashed.session_not_found"
  return again(self.resumed and last.session or nil)
end

---Commit the intent of the next attempt, ahead of a free slot if need be.
function Attempt:intend()
  local run, spec = self.run, resume(self)
  self.spec, self.session = spec, nil
  self.number = self.number + 1
  self.mark = step.mark(run, self.key, self.generation, self.number)
  self.intended = "asked"
  local argv = spec.argv == spec.args and spec.args or json.marked(json.array(spec.argv))
  run:record({ patient = self.patient, events = step.events(self.key, self.number,
    "attempt.intended", { kind = spec.kind, args = spec.args, generation = self.generation,
      argv = argv, mark = self.mark }) }, function()
    self.intended = "yes"
    if self.wanted then
      self:launch()
    end
  end)
end

---Start the process as soon as its intent is on record.
---@param on_done fun(outcome: table) after the outcome is durable
---@param on_exit? fun() when its slot is free: the process is gone, or its time has not come
---@param on_retry? fun() when the next attempt is due; default: it starts at once
---@return boolean waits for its intent to be on record
function Attempt:start(on_done, on_exit, on_retry)
  self.on_done, self.on_exit, self.on_retry = on_done, on_exit, on_retry
  self.wanted = true
  self.run.attempts[self] = true
  if self.due and self.due > self.run.journal:at() then
    self:retry_at(self.due)
    self.due = nil
    if on_exit then
      on_exit()
    end
  elseif self.intended == "yes" then
    self:launch()
  elseif not self.intended then
    self:intend()
  end
  if self.intended == "asked" then
    self.run.host.store:flush()
    return true
  end
  return false
end

---An intent that will not be used: void, and free.
function Attempt:void()
  if self.intended and not self.wanted then
    self.run:record({ events = step.events(self.key, self.number, "attempt.ended",
      { kind = self.spec.kind, generation = self.generation, state = "void",
        reason = "killed.unused", interruptions = self.interruptions }) }, nothing)
  end
end

-- the process --------------------------------------------------------------------------------

---What a line of a tool's protocol meant: a session to keep, a sign of life or of its end.
local function on_line(self, text, stream)
  local news = self.parser:line(text, stream)
  self.limits:hear(news)
  if news and news.final then
    self.said_all = not self.asked_to_end
  end
  if news and news.session and news.session ~= self.session then
    self.session = news.session
    self.run:record({ events = step.events(self.key, self.number, "agent.session",
      { session = news.session, generation = self.generation }) }, nothing)
  end
end

function Attempt:launch()
  local spec = self.spec
  if self:is_halted() then
    return self:parked()
  elseif not spec.prepare then
    return self:spawn()
  end
  spec.prepare(self.run.host.loop, spec, function(_, problem)
    if problem then
      self:exited({ spawn_error = problem, duration = 0 })
    elseif self:is_halted() then
      self:parked()
    else
      self:spawn()
    end
  end)
end

---Start the process, or nil and why it cannot be; what the system refuses and what no process can
---be given are both ends of the attempt.
local function start(self)
  local run, spec = self.run, self.spec
  local ok, process, problem = pcall(run.host.loop.spawn, run.host.loop, {
    argv = spec.argv, cwd = run:path(spec.cwd), env = run.host.environ,
    add = environ.more(spec.env, self.mark),
    stdin = spec.stdin, grace = spec.grace, lines = self.parser ~= nil,
    output = self.parser == nil and spec.silence ~= nil or nil,
    spool = run.host:spool(self.mark),
  }, function(kind, a, b)
    if kind == "exit" then
      self:exited(a)
    elseif kind == "line" then
      on_line(self, a, b)
    else
      self.limits:hear()
    end
  end)
  if not ok then
    return nil, { code = "invalid", message = tostring(process) }
  end
  return process, problem
end

function Attempt:spawn()
  local run, spec = self.run, self.spec
  self.parser = spec.stream and spec.stream()
  local process, problem = start(self)
  if not process then
    return self:exited({ spawn_error = problem, duration = 0 })
  end
  self.process, self.said_all, self.asked_to_end = process, nil, nil
  self.limits = limits.new(run.host.loop, spec, function(reason)
    self:stop(reason)
  end)
  run:record({ patient = true, events = step.events(self.key, self.number, "attempt.started",
    { generation = self.generation, pid = process:pid(), start_time = process:start_time(),
      boot_id = run.host.boot_id }) }, nothing)
end

---It may not start now: the intent stays, and is void at the next start.
function Attempt:parked()
  local run = self.run
  run.attempts[self] = nil
  if run.cancelling and not self.cleaning and self.on_done then
    self:void_now()
  end
  run:settle()
  run.host:settle()
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
    self.asked_to_end = true
    self.process:stop(reason)
  elseif self.timer then
    self.timer:stop()
    self.timer = nil
    self:parked()
  end
end

---The run is lost to another owner: end what runs, record nothing.
function Attempt:abandon()
  self.abandoned = true
  self:stop("killed.interrupted")
end

-- the end ------------------------------------------------------------------------------------

---What the step does after this end: completed, failed or retrying.
local function decide(self, found, facts, at)
  if not found then
    return { state = "completed" }
  elseif facts.stopped == "killed.interrupted"
    or self.resumed and failure.tag(found) == "crashed.session_not_found" then
    return { state = "retrying", interruptions = self.interruptions }
  elseif failure.tag(found) == "killed.cancelled" then
    return { state = "failed" }
  end
  local row = self.row or { started_at = at }
  self.row, self.interruptions = row, 0
  local decided = step.decide(self.run, self.spec.policy, found, row, at)
  row.budgets = decided.budgets
  self.route = route_of.taken(self.route, decided.decision.route, found)
  return decided
end

---The failure as it is on record; an end that costs nothing leaves the one before it there.
local function kept(self, found, decided)
  if not found or decided.state == "retrying" and not decided.decision then
    return nil
  end
  local data = failure.plain(found)
  data.follows = decided.state == "retrying" and route_of.plain(self.route, found) or nil
  return data
end

---The events of this end.
local function events_of(self, verdict, decided, facts)
  local found = verdict.failure
  local data = {
    kind = self.spec.kind, generation = self.generation, state = decided.state,
    reason = verdict.reason, value = verdict.value, failure = kept(self, found, decided),
    code = facts.code, signal = facts.signal, stdout = verdict.stdout, stderr = verdict.stderr,
    budgets = decided.budgets, retry_at = decided.retry_at,
    duration = step.microseconds(facts.duration),
    interruptions = decided.interruptions, policy = decided.policy,
    context = found and self.w and self.w.context:snapshot(),
  }
  local more = self.spec.events and self.spec.events(verdict.value, found, facts, verdict.tool)
  return step.events(self.key, self.number, "attempt.ended", data, more)
end

function Attempt:exited(facts)
  if self.limits then
    self.limits:clear()
  end
  self.process = nil
  if self.abandoned then
    return
  end
  local run, at = self.run, self.run.journal:at()
  if self.on_exit and not self.holds then -- what is next runs while this end is looked into
    self.on_exit()
  end
  local tool = self.parser and self.parser:finish(facts)
  if facts.stopped and tool and not self.said_all then
    tool.terminal = nil -- what it says of its tools, which were ended with it, is no result
  end
  local verdict = verdict_of.of(self.spec, self.key, facts, tool, run.host.secrets)
  local found = verdict.failure
  if found then
    found.step, found.attempts = self.key, self.number
  end
  local decided = decide(self, found, facts, at)
  self.intended, self.wanted = nil, false
  run:record({ at = at, patient = self.patient and facts.duration < LONG, blobs = verdict.blobs,
    events = events_of(self, verdict, decided, facts) }, function()
      if facts.spawn_error == nil and facts.stdout_bytes + facts.stderr_bytes > 0 then
        run.host:drop_spool(self.mark)
      end
      self:settled(decided, verdict, at)
    end)
end

---The end is on record: hand it on, or wait for the next attempt.
function Attempt:settled(decided, verdict, at)
  local run, found = self.run, verdict.failure
  if decided.state ~= "retrying" then
    run.attempts[self] = nil
    run.steps[self.key] = nil
    self.on_done(recorded.now(at, verdict.value, found))
  elseif self:is_halted() then
    self:parked()
  else
    self.spec = route_of.follow(decided.decision and self.route, self.spec)
    self:retry_at(decided.retry_at or 0)
    if self.holds then
      self.on_exit()
    end
  end
end

---There will be no other attempt, so none is waited for: `on_retry` comes at once.
function Attempt:no_more()
  self.in_vain = true
  if self.timer then
    self.timer:stop()
    self:retry_at(0)
  end
end

---Begin the next attempt when its time comes; no process and no slot is held until then.
function Attempt:retry_at(due)
  local run = self.run
  local function go()
    self.timer = nil
    if self:is_halted() then
      return self:parked()
    elseif self.on_retry then
      run.attempts[self] = nil
      self.on_retry()
    else
      self:start(self.on_done, self.on_exit)
    end
  end
  if self.in_vain or due <= run.journal:at() then
    return go()
  end
  self.timer = run.host.loop:alarm(due / 1000, go)
end

return M
