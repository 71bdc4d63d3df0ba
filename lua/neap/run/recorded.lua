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

---The value of a completed step is decoded when somebody looks at it: of 10,000 done nodes few are.
local Completed = {}

function Completed.__index(outcome, name)
  local row = rawget(outcome, "row")
  if name ~= "value" or not row then
    return nil
  end
  local value
  if row.value ~= nil then
    value = json.decode(row.value)
  end
  outcome.row, outcome.value = nil, row.kind == "task" and value or spec_of.present(value)
  return outcome.value
end

---What a row of the table `step` says, or nil while the step is open.
---@param row table
---@return neap.Recorded?
return function(row)
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
