-- What the next attempt of an agent is: another agent, the failure in the prompt, or the session
-- of the last attempt gone on with. Owns these prompts; refuses to decide when. To the journal it
-- stays the same step, under the same policy.
local M = {}

local FAILED = "%s\n\nThe previous attempt ended with %s. Its last output was:\n%s\n"
local INTERRUPTED = "You were interrupted. Go on where you stopped. The task was:\n\n%s"

local function reworded(task, prompt, resume)
  local copy = {}
  for name, value in pairs(task) do
    copy[name] = value
  end
  copy.prompt, copy.resume = prompt, resume
  return copy
end

local function same_step(made, spec)
  made.args, made.policy, made.next = spec.args, spec.policy, spec.next
  return made
end

---The attempt after a failure, where the policy says a route. It follows from the task, the failure
---and the turn alone: these are on record, so after a crash it is the same.
---@param agent neap.Agent
---@param task neap.AgentTask
---@param spec neap.ProcessSpec the first attempt
---@return fun(route: string, failure: neap.Failure, turn: integer): neap.ProcessSpec?
function M.next(agent, task, spec)
  local agents = { agent, unpack(task.others or {}) }
  return function(route, failure, turn)
    local whose = agents[turn % #agents + 1]
    if route == "retry_different" and #agents > 1 then
      return same_step(whose:spec(reworded(task, task.prompt)), spec)
    elseif route == "retry_with_context" and task.prompt then
      local prompt = FAILED:format(task.prompt, tostring(failure), failure:tail(40))
      return same_step(whose:spec(reworded(task, prompt, turn == 0 and task.resume or nil)), spec)
    end
  end
end

---The attempt after one that had a session.
---@param agent neap.Agent
---@param task neap.AgentTask
---@param spec neap.ProcessSpec
---@return fun(session: string?): neap.ProcessSpec without a session it begins anew
function M.again(agent, task, spec)
  return function(session)
    local prompt = session and task.prompt and INTERRUPTED:format(task.prompt) or task.prompt
    local made = agent:spec(session and reworded(task, prompt, session) or task)
    made.again = spec.again
    return same_step(made, spec)
  end
end

return M
