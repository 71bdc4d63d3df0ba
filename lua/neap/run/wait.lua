-- wait: steps that hold no process: sleep until a time, receive a message.
-- Owns the durable deadline and the rule "against a timeout the message wins".

local fiber = require("neap.run.fiber")
local json = require("neap.base.json")

local M = {}

---Suspend until the wall clock shows `due_ms`, or `run:message(name)` wakes it.
---@return "timer"|"message"
local function suspend(run, name, due_ms)
  return fiber.await(function(resume)
    local loop, timer = run.host.loop, nil
    local waiter = name and function()
      resume("message")
    end
    local function call_off()
      if timer then
        timer:stop()
      end
      if waiter then
        run.waiters[name] = nil
      end
    end
    if due_ms then
      timer = loop:alarm(due_ms / 1000, function()
        call_off()
        resume("timer")
      end)
    end
    if waiter then
      run.waiters[name] = function()
        call_off()
        resume("message")
      end
    end
    return call_off
  end)
end

---Put the beginning of a wait on record, with its deadline, unless it is there already.
local function begin(run, key, kind, row, due, about)
  local on = { { kind = kind, step = key, name = about and about.name,
    question = about and about.question } }
  if row and row.state == "waiting" then
    local events = run:waiting_events(on, row.due)
    if #events > 0 then
      run:commit { events = events }
    end
    return row.due
  end
  local events = run:waiting_events(on, due)
  table.insert(events, 1,
    { type = "wait.began", step = key, data = { kind = kind, ["until"] = due } })
  run:commit { events = events }
  return due
end

local function ended_events(run, key, kind, by, value)
  local events = run:resumed_events()
  events[#events + 1] =
    { type = "wait.ended", step = key, data = { kind = kind, by = by, value = value } }
  return events
end

local function done(run, key, at)
  run.clock = math.max(run.clock, at)
  run.steps[key] = { made_here = true, state = "completed" }
end

---Sleep; the deadline is on record, an early wake waits for the rest.
---@param w table
---@param key string
---@param seconds number
function M.sleep(w, key, seconds)
  local run = w._run
  local row = run:meet(key, "sleep")
  if row and row.state == "completed" then
    return run:pass(row)
  end
  w:gate()
  local due = begin(run, key, "sleep", row, run.journal:at() + math.floor(seconds * 1000 + 0.5))
  while run.journal:at() < due do
    suspend(run, nil, due)
  end
  w:gate()
  local at = run.journal:at()
  run:commit { at = at, events = ended_events(run, key, "sleep", "timer") }
  done(run, key, at)
end

local function oldest(run, name)
  return run.host.store:query(
    "SELECT id, payload, command, actor FROM inbox WHERE run = ? AND name = ? ORDER BY id LIMIT 1",
    { run.id, name })[1]
end

---Take a message from the inbox if one is there: its consumption is the event.
local function take(run, key, name, waited)
  local message = oldest(run, name)
  if not message then
    return false
  end
  local value = json.decode(message.payload)
  local at = run.journal:at()
  local events = { { type = "wait.ended", step = key, actor = message.actor,
    command = message.command,
    data = { kind = "receive", by = "message", value = value } } }
  if waited then
    local resumed = run:resumed_events()
    events[2] = resumed[1]
  end
  local ack = run:commit {
    at = at, events = events, guards = { { "inbox.take", { id = message.id } } },
  }
  if not ack then
    return take(run, key, name, false)
  end
  done(run, key, at)
  return true, value
end

---Close a wait whose time came, unless a message is there after all.
local function time_out(run, key, name)
  local at = run.journal:at()
  local ack = run:commit {
    at = at, events = ended_events(run, key, "receive", "timer"),
    guards = { { "inbox.empty", { run = run.id, name = name } } },
  }
  if ack then
    done(run, key, at)
  end
  return ack ~= nil
end

---Receive a message sent to the run under `name`: its payload, or nil and "timeout".
---@param w table
---@param key string
---@param name string
---@param timeout? number seconds
---@param about? { question?: string } shown to the person who is waited for
function M.receive(w, key, name, timeout, about)
  local run = w._run
  local row = run:meet(key, "receive")
  if row and row.state == "completed" then
    local value = run:pass(row)
    if row.cause == "timer" then
      return nil, "timeout"
    end
    return value
  end
  w:gate()
  local got, value = take(run, key, name, false)
  if got then
    return value
  end
  local due = timeout and run.journal:at() + math.floor(timeout * 1000 + 0.5)
  due = begin(run, key, "receive", row, due, { name = name, question = about and about.question })
  while true do
    got, value = take(run, key, name, true)
    if got then
      return value
    end
    if due and run.journal:at() >= due then
      w:gate()
      if time_out(run, key, name) then
        return nil, "timeout"
      end
    else
      suspend(run, name, due)
    end
  end
end

return M
