-- lease: whether the runs in memory are still ours.
-- Owns when that is asked: a run that writes learns it by its own record, this is for those that
-- only wait. One question for all, after another process wrote events, four times a second at most.

local pace = require("neap.host.pace")

local M = {}

local BETWEEN = 0.25 -- seconds from one look to the next

---@class neap.Lease
---@field last integer seq of the last event that is known here
---@field others boolean? somebody else has written since the last look
local Lease = {}
Lease.__index = Lease

---@param host neap.Host
---@return neap.Lease
function M.watch(host)
  local self = setmetatable({ host = host }, Lease)
  self.last = host.store:query("SELECT seq FROM tip")[1].seq
  self.pace = pace.new(host.loop, BETWEEN, function()
    self:look()
  end)
  return self
end

function Lease:stop()
  self.pace:stop()
end

---Events of ours are on record. The journal numbers them in order, so a gap is somebody else's.
---@param seq integer of the first
---@param count integer
function Lease:wrote(seq, count)
  self.others = self.others or seq > self.last + 1
  self.last = math.max(self.last, seq + count - 1)
end

local function is_writing(host)
  for _, run in pairs(host.runs) do
    if run.busy > 0 then
      return true
    end
  end
  return false
end

---Somebody wrote, and the journal ends at `tip` now. While something of ours is being written
---nobody can tell whose that is: the next call does, or `wrote`.
---@param tip integer
function Lease:hear(tip)
  if tip > self.last and not is_writing(self.host) then
    self.others, self.last = true, tip
  end
  if self.others and next(self.host.runs) then
    self.pace:call()
  end
end

---Runs that are somebody else's now are lost here. What a run is writing says so itself.
function Lease:look()
  local host, fences, lost = self.host, {}, {}
  self.others = false
  for _, row in ipairs(host.store:query("SELECT run, fence FROM lease WHERE owner = ?",
    { host.owner })) do
    fences[row.run] = row.fence
  end
  for id, run in pairs(host.runs) do
    if run.busy == 0 and fences[id] ~= run.fence then
      lost[#lost + 1] = run
    end
  end
  for _, run in ipairs(lost) do
    run:lose()
  end
end

return M
