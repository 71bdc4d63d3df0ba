-- exit: what the exit codes of `neap` mean.
-- Owns the closed list and how a run's row maps to it. Pure.

local M = {
  DONE = 0,
  FAILED = 1,
  USAGE = 2, -- wrong usage, or a mistake in the script
  PERSON = 3, -- waits for a person
  STALLED = 4, -- escalated, or a policy is spent; a person may retry
  REJECTED = 5,
  BUDGET = 6, -- a budget is spent
  STORE = 7, -- the store is damaged or cannot be had, or the run cannot: another neap has it
  PARKED = 8, -- waits until a time
  CANCELLED = 9,
  BUG = 70,
  INTERRUPTED = 130, -- by Ctrl-C; resumable
  TERMINATED = 143, -- by TERM; resumable
}

local PEOPLE = { receive = true, approve = true, ask = true }

local function of_waiting(run)
  for _, on in ipairs(run.waits and run.waits.on or {}) do
    if PEOPLE[on.kind] then
      return M.PERSON
    end
  end
  return M.PARKED
end

local function of_failure(failure)
  if failure.reason == "rejected" then
    return M.REJECTED
  elseif failure.reason == "budget_exceeded" then
    return M.BUDGET
  elseif failure.reason == "crashed" and failure.detail == "script" then
    return M.USAGE
  end
end

---The exit code of a run as it stands.
---@param run { state: string, failure?: table, waits?: table }
---@return integer
function M.of_run(run)
  local state = run.state
  if state == "completed" then
    return M.DONE
  elseif state == "cancelled" then
    return M.CANCELLED
  elseif state == "waiting" then
    return of_waiting(run)
  elseif state == "failed" or state == "stalled" then
    return of_failure(run.failure or {}) or (state == "failed" and M.FAILED or M.STALLED)
  end
  return M.PARKED
end

return M
