-- fiber: coroutines resumed from one flat queue, never from inside another coroutine.
-- Owns waiting, waking and the mode (load, workflow, step) that the sandbox asks for.
-- Refuses to know what is waited for.

local M = {}

---@class neap.Fiber
---@field co thread
---@field mode "load"|"workflow"|"step"
---@field run? table the run it belongs to
---@field dropped? boolean it is never resumed again

---@class neap.Scheduler
local Scheduler = {}
Scheduler.__index = Scheduler

local TURN = 0.002 -- seconds of Lua before the loop gets a turn

local current ---@type neap.Fiber?

---A scheduler over a loop (real or simulated).
function M.scheduler(loop)
  local self = setmetatable({ loop = loop, head = 1, tail = 0, queue = {} }, Scheduler)
  self.drain = function()
    self:turn()
  end
  return self
end

---The fiber that runs now, or nil.
---@return neap.Fiber?
function M.current()
  return current
end

---"workflow", "step" or "load": what the code that runs now is part of.
function M.mode()
  return current and current.mode or "load"
end

local function push(self, fiber, ok, a, b)
  local tail = self.tail + 1
  self.tail = tail
  self.queue[tail] = { fiber, ok, a, b }
  if not self.scheduled then
    self.scheduled = true
    self.loop:defer(self.drain)
  end
end

local function resume(fiber, ok, a, b)
  if fiber.dropped or coroutine.status(fiber.co) == "dead" then
    return
  end
  current = fiber
  local alive, problem = coroutine.resume(fiber.co, ok, a, b)
  current = nil
  if not alive then
    fiber.on_end(false, problem, fiber.co)
  end
end

---Run what is ready, for at most two milliseconds.
function Scheduler:turn()
  local queue, loop = self.queue, self.loop
  local deadline = loop:now() + TURN
  self.scheduled = false
  while self.head <= self.tail do
    local entry = queue[self.head]
    queue[self.head] = nil
    self.head = self.head + 1
    resume(entry[1], entry[2], entry[3], entry[4])
    if self.head <= self.tail and loop:now() > deadline then
      if not self.scheduled then
        self.scheduled = true
        loop:defer(self.drain)
      end
      return
    end
  end
  self.head, self.tail = 1, 0
end

---Start `fn(...)` soon, in a coroutine of its own.
---@param fn function
---@param on_end fun(ok: boolean, value: any, co: thread?)
---@return neap.Fiber
function Scheduler:spawn(fn, on_end, mode, run)
  local fiber = { mode = mode or "step", run = run, on_end = on_end, scheduler = self }
  fiber.co = coroutine.create(function()
    on_end(true, fn())
  end)
  push(self, fiber, true)
  return fiber
end

---Suspend until `register`'s callback is called; return what it was called with.
---`register(resume)` may return a function that calls the wait off, for `Scheduler:interrupt`.
---@param register fun(resume: fun(a: any, b: any)): function?
function M.await(register)
  local fiber = current or error("this call waits: it needs a workflow or a step around it", 3)
  local token = {}
  fiber.waiting = token
  local function wake(a, b)
    if fiber.waiting == token then
      fiber.waiting, fiber.call_off = nil, nil
      push(fiber.scheduler, fiber, true, a, b)
    end
  end
  local call_off = register(wake)
  if fiber.waiting == token then
    fiber.call_off = call_off
  end
  local ok, a, b = coroutine.yield()
  if not ok then
    error(a, 0)
  end
  return a, b
end

---Raise `problem` at the fiber's pending wait, if that can be called off.
function M.interrupt(fiber, problem)
  local call_off = fiber.call_off
  if not fiber.waiting or not call_off then
    return false
  end
  fiber.waiting, fiber.call_off = nil, nil
  call_off()
  push(fiber.scheduler, fiber, false, problem)
  return true
end

---Leave the running fiber where it is, for ever: no pcall of the script can swallow it.
function M.drop()
  current.dropped = true
  coroutine.yield()
end

return M
