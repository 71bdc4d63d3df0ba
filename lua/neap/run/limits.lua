-- limits: the clocks of one attempt, which end its process with a reason.
-- Owns one timer; which limit is passed is native.watch's. What a process says only tells the
-- watch: the timer is set anew when it goes off, or when a limit comes nearer.

local native = require("neap.native")

local M = {}

local REASONS = {
  wall = "timeout.wall", silence = "timeout.silence",
  permission = "permission_blocked.pending_prompt", linger = "killed.lingering",
}

---@class neap.Limits
---@field watch neap.Watch
---@field timer? table
---@field at? number when it goes off
local Limits = {}
Limits.__index = Limits

---The limits of a process that starts now; nil when it has none.
---@param loop table
---@param spec neap.ProcessSpec
---@param stop fun(reason: string)
---@return neap.Limits?
function M.new(loop, spec, stop)
  if not (spec.timeout or spec.silence or spec.stream) then
    return nil
  end
  local self = setmetatable({ loop = loop, stop = stop, watch = native.watch.new(
    { wall = spec.timeout, silence = spec.silence }, loop:now()) }, Limits)
  self:look()
  return self
end

---End what is hung, or be here again at the next limit.
function Limits:look()
  local now = self.loop:now()
  local verdict, deadline = self.watch:ask(now)
  if verdict then
    self:clear()
    self.stop(REASONS[verdict])
  elseif deadline and not (self.timer and self.at <= deadline) then
    if self.timer then
      self.timer:stop()
    end
    self.at = deadline
    self.timer = self.loop:timer(deadline - now, function()
      self.timer = nil
      self:look()
    end)
  end
end

---It said something: progress, unless its news say otherwise.
---@param news? neap.StreamNews
function Limits:hear(news)
  local now = self.loop:now()
  if not news or news.progress ~= false then
    self.watch:progress(now)
  elseif not news.blocked_on then
    self.watch:sign()
  end
  if news and news.final then
    self.watch:terminal(now)
    self:look()
  elseif news and news.blocked_on then
    self.watch:blocked(now)
    self:look()
  end
end

---It is over.
function Limits:clear()
  self.watch:ended()
  if self.timer then
    self.timer:stop()
    self.timer = nil
  end
end

return M
