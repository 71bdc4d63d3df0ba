-- fiber: coroutines resumed from one flat queue, never from inside another coroutine.
-- Owns waiting, waking and the mode (load, workflow, step) that the sandbox asks for.
-- Refuses to know what is waited for.

local M = {}

---@class neap.Fiber
---@field co thread
---@field mode "load"|"workflow"|"step"
---@field run? table the run it belongs to; its `awake` counts the coroutines that are ready
---@field dropped? boolean it is never resumed again
---@field mark? string in step mode: the idempotency key of its attempt
---@field fn? function the script's, for a place when it has left the stack
---@field deaf? boolean a cancel does not reach it: it cleans up

---@class neap.Scheduler
local Scheduler = {}
Scheduler.__index = Scheduler

local AWAIT = {} -- what a fiber yields; anything else was yielded by the script
local TURN = 0.002 -- seconds of Lua before the loop gets a turn

local current ---@type neap.Fiber?

---A scheduler over a loop (real or simulated).
---@param loop table
---@param on_idle? fun() after a turn that leaves no coroutine ready
function M.scheduler(loop, on_idle)
  local self = setmetatable({ loop = loop, head = 1, tail = 0, queue = {},
    on_idle = on_idle or function() end }, Scheduler)
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
  if fiber.run then
    fiber.run.awake = fiber.run.awake + 1
  end
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
  local alive, yielded = coroutine.resume(fiber.co, ok, a, b)
  current = nil
  if not alive then
    fiber.on_end(false, yielded, fiber.co)
  elseif yielded ~= AWAIT and coroutine.status(fiber.co) ~= "dead" then
    fiber.dropped = true
    fiber.on_end(false, "coroutine.yield outside a coroutine of the script's own", fiber.co)
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
    local run = entry[1].run
    resume(entry[1], entry[2], entry[3], entry[4])
    if run then
      run.awake = run.awake - 1
    end
    if self.head <= self.tail and loop:now() > deadline then
      if not self.scheduled then
        self.scheduled = true
        loop:defer(self.drain)
      end
      return
    end
  end
  self.head, self.tail = 1, 0
  self.on_idle()
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

---Whether the running code may wait here: not in a coroutine of its own, nor below C code.
local function check_place(fiber)
  local co = coroutine.running()
  if co ~= fiber.co then
    error("this call waits, and cannot inside a coroutine of the script's own: call it from the "
      .. "function around", 4)
  elseif not coroutine.isyieldable() then
    error("this call waits, and cannot inside table.sort, string.gsub or a module that loads", 4)
  end
end

---Suspend until `register`'s callback is called; return what it was called with.
---`register(resume)` may return a function that calls the wait off, for `M.interrupt`. It may
---return true: `resume` will still be called, when what was waited for is gone.
---@param register fun(resume: fun(a: any, b: any)): (fun(): boolean?)?
function M.await(register)
  local fiber = current or error("this call waits: it needs a workflow or a step around it", 3)
  check_place(fiber)
  local token = {}
  fiber.waiting = token
  local function wake(a, b)
    if fiber.waiting == token then
      fiber.waiting, fiber.call_off = nil, nil
      local problem = fiber.problem
      fiber.problem = nil
      push(fiber.scheduler, fiber, problem == nil, problem or a, b)
    end
  end
  local call_off = register(wake)
  if fiber.waiting == token then
    fiber.call_off = call_off
  end
  local ok, a, b = coroutine.yield(AWAIT)
  if not ok then
    error(a, 0)
  end
  return a, b
end

---Raise `problem` at the fiber's pending wait, if that can be called off.
---@return boolean
function M.interrupt(fiber, problem)
  local call_off = fiber.call_off
  if not fiber.waiting or not call_off then
    return false
  end
  fiber.call_off = nil
  if call_off() then
    fiber.problem = problem
    return true
  end
  fiber.waiting = nil
  push(fiber.scheduler, fiber, false, problem)
  return true
end

---Never resume the fiber again; what it waits for is called off.
function M.forget(fiber)
  fiber.dropped = true
  local call_off = fiber.call_off
  fiber.waiting, fiber.call_off = nil, nil
  if call_off then
    call_off()
  end
end

---Leave the running fiber where it is, for ever: no pcall of the script can swallow it.
function M.drop()
  current.dropped = true
  coroutine.yield(AWAIT)
end

return M
