-- What the author of a change is asked, phase by phase.
local M = {}

local PLAN = [[
You plan a change to the repository in the current directory. Read what you need; change nothing.
Answer with the plan: the files to touch, what to do in each, and how the tests show it is right.

The task:

%s]]

local IMPLEMENT = [[
You change the repository in the current directory so that the task is done. Do what the task asks
and nothing else. The tests are run by somebody else when you are finished; they decide.%s

The task:

%s]]

local PROTECTED = "\nThese paths may not be changed: %s."

---@param task string
---@return string
function M.plan(task)
  return PLAN:format(task)
end

---@param task string
---@param plan string?
---@param feedback string? why the last attempt did not do
---@param protect string[]
---@return string
function M.implement(task, plan, feedback, protect)
  local parts = {
    IMPLEMENT:format(#protect > 0 and PROTECTED:format(table.concat(protect, ", ")) or "", task),
    plan and "The plan:\n\n" .. plan,
    feedback and "Your last attempt is in the tree already. It was not enough:\n\n" .. feedback,
  }
  local kept = {}
  for i = 1, 3 do
    kept[#kept + 1] = parts[i] or nil
  end
  return table.concat(kept, "\n\n")
end

return M
