-- limits: the clocks of one attempt: wall, silence, a request that nobody answers, a tool that
-- stays after its last word.
-- Each ends the process with its own reason. Owns the timers, and nothing of what they end.

local M = {}

local HANG = 10 -- seconds a permission request may stay unanswered
local LINGER = 5 -- seconds a tool may stay after its own result

---@class neap.Limits
local Limits = {}
Limits.__index = Limits

---@param loop table
---@param spec neap.ProcessSpec
---@param stop fun(reason: string)
---@return neap.Limits
function M.new(loop, spec, stop)
  local self = setmetatable({ loop = loop, silence = spec.silence, stop = stop }, Limits)
  self:set("wall", spec.timeout, "timeout.wall")
  self:progress()
  return self
end

---(Re)start one clock; nil seconds only stop it.
function Limits:set(name, seconds, reason)
  if self[name] then
    self[name]:stop()
  end
  self[name] = seconds and self.loop:timer(seconds, function()
    self.stop(reason)
  end) or nil
end

---It said something that counts.
function Limits:progress()
  if self.silence then
    self:set("quiet", self.silence, "timeout.silence")
  end
end

---It asks for a permission, or no longer does.
function Limits:asks(is_asking)
  self:set("hang", is_asking and HANG or nil, "permission_blocked.pending_prompt")
end

---It gave its result, which stands; now it should go.
function Limits:said_all()
  self:set("linger", LINGER, "killed.lingering")
end

---It is over.
function Limits:clear()
  self:set("wall")
  self:set("quiet")
  self:set("hang")
  self:set("linger")
end

return M
