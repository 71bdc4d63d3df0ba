-- wait: steps that hold no process: sleep until a time, receive a message.
-- Owns the durable deadline and the rule "against a timeout the message wins".

local fiber = require("neap.run.fiber")
local json = require("neap.base.json")

local M = {}

---Suspend until the wall clock shows `due_ms`, or a look into the inbox finds `name`.
local function suspend(run, name, due_ms)
  fiber.await(function(resume)
    local timer, call_off
    local function wake()
      call_off()
      resume()
    end
    function call_off()
      if timer then
        timer:stop()
      end
      if name then
        run:ignore(name, wake)
      end
    end
    if due_ms then
      timer = run.host.loop:alarm(due_ms / 1000, wake)
    end
    if name then
      run:listen(name, wake)
    end
    run:settle()
    return call_off
  end)
end

---Put the beginning of a wait on record, with its deadline, unless it is there already.
---@return integer? due ms
local function begin(run, key, row, on)
  local open = row and row.state == "waiting"
  on.due = open and row.due or on.due
  run.open_waits[key] = on
  local events = run:waiting_events()
  if not open then
    table.insert(events, 1,
      { type = "wait.began", step = key, data = { kind = on.kind, ["until"] = on.due,
        args = on.name and { name = on.name, question = on.question } } })
  end
  if #events > 0 then
    run:commit { events = events }
  end
  return on.due
end

---Put the end of a wait on record; nil when a guard refused.
local function finish(w, key, event, guard)
  local run = w._run
  local at = run.journal:at()
  event.type, event.step = "wait.ended", key
  local events = run:resumed_events()
  events[#events + 1] = event
  if not run:commit { at = at, events = events, guards = guard and { guard } } then
    run:still_waits(#events > 1)
    return nil
  end
  run.open_waits[key] = nil
  run.steps[key] = nil
  w:passed(at)
  return true
end

---Sleep; the deadline is on record, an early wake waits for the rest.
---@param w table
---@param key string
---@param seconds number
function M.sleep(w, key, seconds)
  local run = w._run
  local row = w:meet(key, "sleep", false)
  if row and row.state == "completed" then
    return w:pass(row)
  end
  w:gate()
  local due = begin(run, key, row, { kind = "sleep", step = key,
    due = run.journal:at() + math.floor(seconds * 1000 + 0.5) })
  while run.journal:at() < due do
    suspend(run, nil, due)
  end
  w:gate()
  finish(w, key, { data = { kind = "sleep", by = "timer" } })
end

local function oldest(run, name)
  return run.host.store:query(
    "SELECT id, payload, command, actor FROM inbox WHERE run = ? AND name = ? ORDER BY id LIMIT 1",
    { run.id, name })[1]
end

---Take a message from the inbox if one is there: its consumption is the event.
local function take(w, key, name)
  local message = oldest(w._run, name)
  while message do
    local value = json.decode(message.payload)
    if finish(w, key, { actor = message.actor, command = message.command,
        data = { kind = "receive", by = "message", value = value } },
        { "inbox.take", { id = message.id } }) then
      return true, value
    end
    message = oldest(w._run, name)
  end
  return false
end

---Close a wait whose time came, unless a message is there after all.
local function time_out(w, key, name)
  return finish(w, key, { data = { kind = "receive", by = "timer" } },
    { "inbox.empty", { run = w._run.id, name = name } })
end

---Receive a message sent to the run under `name`: its payload, or nil and "timeout".
---@param w table
---@param key string
---@param name string
---@param timeout? number seconds
---@param about? { question?: string } shown to the person who is waited for
function M.receive(w, key, name, timeout, about)
  local run = w._run
  local row = w:meet(key, "receive", false)
  if row and row.state == "completed" then
    local value = w:pass(row)
    if row.cause == "timer" then
      return nil, "timeout"
    end
    return value
  end
  w:gate()
  local got, value = take(w, key, name)
  if got then
    return value
  end
  local due = begin(run, key, row, { kind = "receive", step = key, name = name,
    question = about and about.question,
    due = timeout and run.journal:at() + math.floor(timeout * 1000 + 0.5) })
  while true do
    got, value = take(w, key, name)
    if got then
      return value
    elseif due and run.journal:at() >= due then
      w:gate()
      if time_out(w, key, name) then
        return nil, "timeout"
      end
    else
      suspend(run, name, due)
    end
  end
end

return M
