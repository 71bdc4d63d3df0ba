-- inbox: messages to runs: put in from any process, seen by the one that runs them.
-- Owns when a host looks: after somebody has committed, and not more often than every 5 ms.
-- Refuses to know what a message says; a cancel is the one that is not left to the run.

local json = require("neap.base.json")
local native = require("neap.native")
local pace = require("neap.host.pace")

local M = {}

---@class neap.Inbox
local Inbox = {}
Inbox.__index = Inbox

---Put a message into the inbox of a run.
---@param host neap.Host
---@param command? string idempotency key within the run; a repeat is delivered once
---@param fn? fun(ack: table?, err: table?)
function M.send(host, run_id, name, payload, command, fn)
  local at = math.floor(host.loop:wall() * 1000 + 0.5)
  host.store:commit({
    run = run_id, at = at, events = {},
    writes = { { "inbox.put", { run = run_id, name = name, at = at,
      payload = json.encode(payload == nil and json.null or payload),
      command = run_id .. "/" .. (command or native.sys.uuid()), actor = "person" } } },
  }, fn or function() end)
end

local BETWEEN = 0.005 -- seconds from one look to the next, however often others commit

---Begin to look into the inbox of the runs of a host.
---@param host neap.Host
---@return neap.Inbox
function M.watch(host)
  local self = setmetatable({ host = host }, Inbox)
  self.pace = pace.new(host.loop, BETWEEN, function()
    self:look()
  end)
  host.store:on_wake(function()
    self.pace:call()
  end)
  return self
end

function Inbox:stop()
  self.pace:stop()
end

local function cancel(run, message, fn)
  run.cancel_asked = true
  run:record({
    events = { { type = "run.cancel_requested", actor = message.actor, command = message.command,
      data = { by = message.actor } } },
    guards = { { "inbox.take", { id = message.id } } },
  }, function(ack)
    if ack then
      run:cancel()
    end
    fn()
  end)
end

local LOOK = [[SELECT tip.seq, inbox.id, inbox.run, inbox.name, inbox.command, inbox.actor
  FROM tip LEFT JOIN inbox]]

---Wake what waits for a message that is there; who leases what is asked when the journal went on.
function Inbox:look()
  local host = self.host
  local rows = host.store:query(LOOK)
  for _, message in ipairs(rows) do
    local run = host.runs[message.run]
    if run and message.name == "cancel" then
      if not run.cancel_asked then
        cancel(run, message, function() end)
      end
    elseif run then
      run:wake(message.name)
    end
  end
  host.lease:hear(rows[1].seq)
end

---A cancel that is there already counts before the function of the run is called again.
---@param run neap.Run
---@param fn fun()
function Inbox:take_cancel(run, fn)
  local message = self.host.store:query([[SELECT id, command, actor FROM inbox
    WHERE run = ? AND name = 'cancel' ORDER BY id LIMIT 1]], { run.id })[1]
  if message then
    return cancel(run, message, fn)
  end
  fn()
end

return M
