-- journal: how a run writes to its stream.
-- Owns the shape of a commit: the fence, the time, the check against the catalogue, and the news
-- to subscribers after the disk has said yes. Refuses to know what the events mean.

local event = require("neap.event.define")

local M = {}

---@class neap.Journal
---@field run string
---@field fence integer
local Journal = {}
Journal.__index = Journal

---@param host table with store, loop and publish(event)
---@param run string the stream
---@param fence? integer
function M.new(host, run, fence)
  return setmetatable({ host = host, run = run, fence = fence }, Journal)
end

---Milliseconds of wall time: what `at` holds.
function Journal:at()
  return math.floor(self.host.loop:wall() * 1000 + 0.5)
end

---Append events (with their guards, writes and blobs) in one transaction.
---@param item table { events, guards?, writes?, blobs? by hash, at? = now in ms }
---@param fn fun(ack: table|nil, err: table|nil) after the commit
function Journal:commit(item, fn)
  for _, e in ipairs(item.events) do
    local problem = event.problem(e.type, e.data)
    if problem then
      error("neap: " .. problem)
    end
  end
  local host = self.host
  local whole = { run = self.run, fence = self.fence, at = item.at or self:at(),
    events = item.events, guards = item.guards, writes = item.writes, blobs = item.blobs,
    patient = item.patient }
  host.store:commit(whole, function(ack, problem)
    if ack then
      host:publish(whole, ack)
    end
    fn(ack, problem)
  end)
end

return M
