-- recorded: what a step came to, as everybody above sees it, and how it is read from the record.
-- Pure.

local failure = require("neap.run.failure")
local json = require("neap.base.json")
local spec_of = require("neap.run.spec")

---@class neap.Recorded
---@field state "completed"|"failed"|"skipped"
---@field at? integer ms: when it ended
---@field value? any of a completed step
---@field failure? neap.Failure
---@field cause? string the step whose end is the reason of a skip

local M = {}

---The value of a completed step is made when somebody looks at it: of 10,000 done nodes few are.
local Completed = {}

function Completed.__index(outcome, name)
  if name ~= "value" then
    return nil
  end
  local row, fresh, value = rawget(outcome, "row"), rawget(outcome, "fresh"), nil
  if fresh ~= nil then
    value = spec_of.present(json.copy(fresh))
  elseif row and row.value ~= nil then
    value = json.decode(row.value)
    value = row.kind == "task" and value or spec_of.present(value)
  end
  outcome.row, outcome.fresh, outcome.value = nil, nil, value
  return value
end

---What a row of the table `step` says, or nil while the step is open.
---@param row table
---@return neap.Recorded?
function M.of(row)
  if row.state == "completed" then
    return setmetatable({ state = "completed", at = row.ended_at, row = row }, Completed)
  end
  local outcome = { state = row.state, at = row.ended_at }
  if row.state == "failed" then
    outcome.failure = failure.read(row.failure)
  elseif row.state == "skipped" then
    outcome.cause = row.cause
  else
    return nil
  end
  return outcome
end

---What an attempt came to that was put on record just now, as its row would say it.
---@param at integer ms
---@param value any nil when it failed
---@param found? neap.Failure
---@return neap.Recorded
function M.now(at, value, found)
  if found then
    return { state = "failed", at = at, failure = failure.read(failure.plain(found)) }
  end
  return setmetatable({ state = "completed", at = at, fresh = value }, Completed)
end

return M
