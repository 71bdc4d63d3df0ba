-- progress: a run as lines, one for each thing that begins or ends.
-- Owns the words of `neap run`. Pure: events in, lines out; the time is an argument.

local duration = require "neap.base.duration"
local order = require "neap.base.order"
local reason = require "neap.view.reason"
local style = require "neap.view.style"

local M = {}

local QUIET_MS = 60 * 1000
local NAME_WIDTH = 24

---@class neap.Progress
---@field style neap.Style
---@field running table<string, integer> step -> ms it began
---@field parked table<string, table> step -> what it waits for
---@field took table<string, number> step -> seconds of its last attempt
---@field counts table<string, integer>
local Progress = {}
Progress.__index = Progress

---@param paint neap.Style
---@param now_ms integer
---@return neap.Progress
function M.new(paint, now_ms)
  return setmetatable({
    style = paint, began = now_ms, last = now_ms, running = {}, parked = {}, took = {},
    counts = { done = 0, failed = 0, skipped = 0, retries = 0 },
  }, Progress)
end

local WORD_STATES = {
  start = "intended", done = "completed", failed = "failed", retry = "retrying",
  skip = "skipped", wait = "waiting", again = "running", stop = "waiting",
}

function Progress:row(word, step, took, text)
  local row = self.style:state(WORD_STATES[word], style.pad(word, 6)) .. " "
  local name, rest = style.line(step), took and duration.format(took) or ""
  if text then
    rest = style.pad(rest, 6) .. " " .. text
  end
  return row .. (rest == "" and name or style.pad(name, NAME_WIDTH) .. " " .. rest)
end

local handlers = {}
local NONE = {}

handlers["attempt.started"] = function(self, event)
  self.running[event.step] = event.at
  self.parked[event.step] = nil
  local again = (event.attempt or 1) > 1 and ("attempt %d"):format(event.attempt) or nil
  return { self:row("start", event.step, nil, again) }
end

handlers["attempt.intended"] = function(self, event)
  -- A process is announced when it runs; an effect in Lua has no other beginning.
  if event.data.argv then
    return NONE
  end
  return handlers["attempt.started"](self, event)
end

handlers["attempt.ended"] = function(self, event)
  local data = event.data
  local began = self.running[event.step]
  local took = data.duration or (began and (event.at - began) / 1000)
  self.running[event.step] = nil
  if data.kind == "cleanup" and data.state == "completed" then
    return {} -- its steps have said so
  end
  self.took[event.step] = took
  if data.state == "completed" then
    self.counts.done = self.counts.done + 1
    return { self:row("done", event.step, took) }
  elseif data.state == "void" then
    return {}
  elseif data.reason == "killed.interrupted" then
    return { self:row("stop", event.step, took, "interrupted; it will run again, at no cost") }
  end
  local failure = data.failure or { reason = data.reason }
  local word, text = "failed", reason.failure(failure)
  if data.state == "retrying" then
    word = "retry"
    self.counts.retries = self.counts.retries + 1
    local wait = data.retry_at and (data.retry_at - event.at) / 1000 or 0
    text = text .. (wait > 0 and "; again in " .. duration.format(wait) or "; again now")
  else
    self.counts.failed = self.counts.failed + 1
  end
  local lines = { self:row(word, event.step, took, text) }
  for _, line in ipairs(reason.tail(failure, word == "failed" and 10 or 3)) do
    lines[#lines + 1] = "       " .. self.style:paint("dim", line)
  end
  return lines
end

handlers["step.completed"] = function(self, event)
  self.counts.done = self.counts.done + 1
  self.took[event.step] = event.data.duration
  return { self:row("done", event.step, event.data.duration) }
end

handlers["step.skipped"] = function(self, event)
  self.counts.skipped = self.counts.skipped + 1
  local data = event.data
  local text = data.cause and ("because of %s"):format(data.cause) or data.why
  return { self:row("skip", event.step, nil, text) }
end

handlers["wait.began"] = function(self, event)
  local data = event.data
  local about = data.kind == "receive" and data.args or {}
  local wait = { kind = data.kind, ["until"] = data["until"], question = about.question,
    name = about.name, run = event.run }
  self.parked[event.step] = wait
  return { self:row("wait", event.step, nil, reason.wait(wait, event.at)) }
end

handlers["wait.ended"] = function(self, event)
  local parked = self.parked[event.step]
  self.parked[event.step] = nil
  return parked and { self:row("again", event.step, nil,
    event.data.by == "message" and "a message came" or "its time came") } or {}
end

---The lines that an event adds.
---@param event { type: string, step?: string, attempt?: integer, at: integer, data: table }
---@return string[]
function Progress:event(event)
  local handler = handlers[event.type]
  local lines = handler and handler(self, event) or NONE
  if #lines > 0 then
    self.last = event.at
  end
  return lines
end

---A line when nothing was said for a minute: what runs, what waits.
---@param now_ms integer
---@return string?
function Progress:tick(now_ms)
  if now_ms - self.last < QUIET_MS then
    return nil
  end
  self.last = now_ms
  local parts = {}
  for step, began in order.sorted_pairs(self.running) do
    parts[#parts + 1] = ("%s (%s)"):format(step, duration.format((now_ms - began) / 1000))
  end
  for step, wait in order.sorted_pairs(self.parked) do
    parts[#parts + 1] = ("%s %s"):format(step, reason.wait(wait, now_ms))
  end
  return "still  " .. (#parts > 0 and table.concat(parts, ", ") or "nothing runs")
end

local function plural(n, one, many)
  return ("%d %s"):format(n, n == 1 and one or many)
end

function Progress:slowest(count)
  local steps = {}
  for step, took in pairs(self.took) do
    steps[#steps + 1] = { step, took }
  end
  table.sort(steps, function(a, b)
    return a[2] > b[2] or (a[2] == b[2] and a[1] < b[1])
  end)
  local parts = {}
  for i = 1, math.min(count, #steps) do
    parts[i] = ("%s %s"):format(style.line(steps[i][1]), duration.format(steps[i][2]))
  end
  return parts
end

local function counted(counts)
  local parts = { plural(counts.done, "step", "steps") .. " done" }
  for _, word in ipairs { "failed", "skipped" } do
    if counts[word] > 0 then
      parts[#parts + 1] = counts[word] .. " " .. word
    end
  end
  if counts.retries > 0 then
    parts[#parts + 1] = plural(counts.retries, "retry", "retries")
  end
  return table.concat(parts, ", ")
end

---How a run ended and why, or what it waits for.
---@param run table row of the run, `failure` and `waits` decoded
---@param now_ms integer
---@return string[]
function Progress:outcome(run, now_ms)
  local lines = {}
  if run.failure then
    lines = reason.whole(run.failure)
    local more = "more: neap show " .. run.id
    if run.state == "stalled" then
      more = more .. "; another try: neap retry " .. run.id
    end
    lines[#lines + 1] = self.style:paint("dim", more)
  elseif run.result and run.result ~= "null" then
    lines[1] = "result: " .. style.line(run.result, 2000)
  end
  for _, on in ipairs(run.waits and run.waits.on or {}) do
    lines[#lines + 1] = ("%s %s"):format(style.line(on.step or ""),
      reason.on(run, on, now_ms))
  end
  return lines
end

---The last lines: how the run stands, what was done here, where the time went, and the outcome.
---@param run table row of the run, `failure` and `waits` decoded
---@param now_ms integer
---@return string[]
function Progress:ending(run, now_ms)
  local lines = { ("%s in %s: %s"):format(self.style:state(run.state),
    duration.format((now_ms - self.began) / 1000), counted(self.counts)) }
  local slowest = self:slowest(3)
  if #slowest > 1 then
    lines[2] = self.style:paint("dim", "slowest: " .. table.concat(slowest, ", "))
  end
  for _, line in ipairs(self:outcome(run, now_ms)) do
    lines[#lines + 1] = line
  end
  return lines
end

return M
