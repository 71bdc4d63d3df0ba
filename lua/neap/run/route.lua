-- route: the way that the attempts of a task have taken, where its policy sends it to another agent
-- or to the same with more to say. Owns what of it is on record, so that after a crash the next
-- attempt is the one it would have been. Pure; where a route leads is the spec's.

local failure = require("neap.run.failure")

local M = {}

---@class neap.Route on record with the failure of the attempt before
---@field route string the last that was another than "retry_same"
---@field failure? neap.Failure it was taken for this one; on record nil: for the very failure
---@field turn integer how often the task went to another agent

---What the next attempt runs: the first spec, or where a route leads from it.
---@param taken neap.Route?
---@param spec neap.ProcessSpec
---@return neap.ProcessSpec
function M.follow(taken, spec)
  return taken and spec.next and spec.next(taken.route, taken.failure, taken.turn) or spec
end

---The route after one more decision.
---@param taken neap.Route?
---@param route string? what the policy said
---@param found neap.Failure what it said it of
---@return neap.Route?
function M.taken(taken, route, found)
  if not route or route == "retry_same" then
    return taken
  end
  return { route = route, failure = found,
    turn = (taken and taken.turn or 0) + (route == "retry_different" and 1 or 0) }
end

---As it goes on record with the failure `found`.
---@param taken neap.Route?
---@param found neap.Failure
---@return table?
function M.plain(taken, found)
  return taken and { route = taken.route, turn = taken.turn,
    failure = taken.failure ~= found and failure.plain(taken.failure) or nil }
end

---The route that was taken before a crash.
---@param row table? the open step on record
---@return neap.Route?
function M.recorded(row)
  local last = row and row.failure and failure.read(row.failure)
  local taken = last and last.follows
  if taken then
    taken.failure = taken.failure and failure.read(taken.failure) or last
  end
  return taken
end

return M
