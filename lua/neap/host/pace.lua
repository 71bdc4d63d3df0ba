-- pace: something that is asked for often and done now and then.
-- Owns the time between two calls; the last one asked for always comes.

local M = {}

---@class neap.Pace
local Pace = {}
Pace.__index = Pace

---@param loop table
---@param between number seconds from one call of `fn` to the next
---@param fn fun()
---@return neap.Pace
function M.new(loop, between, fn)
  return setmetatable({ loop = loop, between = between, fn = fn, earliest = 0 }, Pace)
end

local function act(self)
  self.earliest = self.loop:now() + self.between
  self.fn()
end

---Do it now, or as soon as the time has passed.
function Pace:call()
  if self.timer or self.stopped then
    return
  end
  local wait = self.earliest - self.loop:now()
  if wait <= 0 then
    return act(self)
  end
  self.timer = self.loop:timer(wait, function()
    self.timer = nil
    act(self)
  end)
end

---It is not done any more.
function Pace:stop()
  self.stopped = true
  if self.timer then
    self.timer:stop()
  end
end

return M
