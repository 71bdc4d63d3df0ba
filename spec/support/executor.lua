-- An executor without a world: virtual time, scripted ends, a record that outlives a crash.
-- For specs of the graph; it keeps to the contract of neap.run.executor and checks the caller's.

local Executor = {}
Executor.__index = Executor

local M = {}

---@class spec.ExecutorOpts
---@field script? fun(name: string, attempt: integer): table { state, value, failure, after, retry }
---@field commit? number seconds from an end to its being on record; 0: at once
---@field record? table<string, table> what an earlier one has put on record
---@field messages? table<string, any> payloads by name, there from the start

---@param opts? spec.ExecutorOpts
function M.new(opts)
  opts = opts or {}
  return setmetatable({
    script = opts.script or function() return {} end, delay = opts.commit or 0.001,
    record = opts.record or {}, messages = opts.messages or {}, waiters = {},
    time = 0, events = {}, serial = 0, running = {}, count = 0, most = 0,
    started = {}, attempts = {}, ended = {}, log = {}, voided = 0,
  }, Executor)
end

function Executor:at(delay, fn)
  self.serial = self.serial + 1
  self.events[#self.events + 1] = { self.time + delay, self.serial, fn }
end

---Run until nothing is left, or for `turns` events: a crash in between.
function Executor:run(turns)
  while #self.events > 0 and turns ~= 0 do
    local first = 1
    for i, event in ipairs(self.events) do
      local best = self.events[first]
      if event[1] < best[1] or event[1] == best[1] and event[2] < best[2] then
        first = i
      end
    end
    local event = table.remove(self.events, first)
    self.time = event[1]
    event[3]()
    turns = turns and turns - 1
  end
end

function Executor:note(what, name)
  self.log[#self.log + 1] = what .. " " .. name
end

---Put on record after the commit's time, then call back.
function Executor:commit(name, outcome, fn)
  local function done()
    assert(not self.record[name], name .. " ended twice")
    self.record[name] = outcome
    self:note(outcome.state, name)
    fn(outcome)
  end
  if self.delay == 0 then
    done()
  else
    self:at(self.delay, done)
  end
end

function Executor:has(name)
  return self.record[name] ~= nil
end

function Executor:recorded(name)
  return self.record[name]
end

function Executor:stopping()
  return self.stop == true
end

local Attempt = {}
Attempt.__index = Attempt

function Executor:intend(name, spec, holds)
  assert(not self.record[name], name .. " was finished")
  return setmetatable({ ex = self, name = name, spec = spec, holds = holds }, Attempt)
end

function Attempt:void()
  assert(not self.begun)
  self.ex.voided = self.ex.voided + 1
end

function Attempt:start(on_done, on_exit, on_retry)
  local ex, name = self.ex, self.name
  assert(not ex.running[name], name .. " runs already")
  self.begun = true
  ex.attempts[name] = (ex.attempts[name] or 0) + 1
  ex.started[#ex.started + 1] = name
  ex:note("start", name)
  ex.running[name], ex.count = true, ex.count + 1
  ex.most = math.max(ex.most, ex.count)
  if ex.watch then
    ex.watch(ex.running)
  end
  local said = ex.script(name, ex.attempts[name])
  ex:at(said.after or 1, function()
    ex.running[name], ex.count = nil, ex.count - 1
    ex:note("exit", name)
    if said.retry then
      self.retry = function()
        self.retry = nil
        on_retry()
      end
      local retry = self.retry
      ex:at(self.in_vain and 0 or said.retry, function()
        if self.retry == retry then
          retry()
        end
      end)
    else
      ex:commit(name, { state = said.state or "completed", value = said.value,
        failure = said.state == "failed" and (said.failure or { reason = "crashed" }) or nil },
        on_done)
    end
    if not self.holds or said.retry then
      on_exit()
    end
  end)
end

function Attempt:no_more()
  self.in_vain = true
  if self.retry then
    self.retry()
  end
end

function Executor:call(name, fn, on_done)
  self:note("call", name)
  local ok, value = pcall(fn, { name = name })
  self:commit(name, { state = ok and "completed" or "failed", value = ok and value or nil,
    failure = not ok and (type(value) == "table" and value or { reason = "crashed",
      message = value }) or nil }, on_done)
end

function Executor.flush() end

function Executor:skip(name, cause, on_done, why)
  self:commit(name, { state = "skipped", cause = cause, why = why }, on_done)
end

function Executor:receive(_, name, on_done, opts)
  self.question = opts.question
  if self.messages[name] ~= nil then
    return self:at(self.delay, function()
      on_done(self.messages[name])
    end)
  end
  self.waiters[name] = on_done
end

function Executor:send(name, payload)
  self.waiters[name](payload)
end

return M
