-- An audit: one question to an agent that may only read, one more when the answer does not parse.
-- Owns who is asked and what counts as an answer; refuses to widen what an auditor may do.
local agents = require "neap.agent"
local err = require "neap.base.err"
local native = require "neap.native"
local prompt = require "neap.audit.prompt"
local verdict = require "neap.audit.verdict"

local M = {}

---@class (exact) neap.AuditTask
---@field key integer
---@field agents neap.Agent[]
---@field author neap.Agent
---@field task string
---@field repo string
---@field cwd string the tree to read, with nothing in it but the change
---@field candidate neap.Candidate
---@field prepare fun(loop: table, spec: table, done: function)

local function events_of(task, agent, independent, others)
  return function(value, failure, facts, tool)
    local list, answer = others(value, failure, facts, tool), not failure and value.output
    if answer and not verdict.problem(answer) then
      list[#list + 1] = { "audit.recorded", {
        tree = task.candidate.tree, agent = agent.name, independent = independent,
        verdict = answer.verdict, confidence = answer.confidence, summary = answer.summary,
      } }
    end
    return list
  end
end

-- The diff is fetched when the attempt begins: it is in the repository, not in the journal.
local function asking(task, fence, problem)
  return function(loop, spec, done)
    task.prepare(loop, spec, function(_, failed)
      if failed then
        return done(nil, failed)
      end
      local c = task.candidate
      native.git.call(loop, "diff", { repo = task.repo, from = c.base, to = c.head },
        function(diff, broken)
          if diff then
            local ask = prompt.ask(task.task, diff.patch, fence)
            spec.stdin = problem and prompt.again(ask, problem) or ask
          end
          done(diff, broken)
        end)
    end)
  end
end

local function ask(w, task, name, problem, resume)
  local agent, independent = agents.other_than(task.agents, task.author)
  local spec = agent:spec {
    name = name, key = task.key, access = "read", schema = verdict.schema, cwd = task.cwd,
    identity = { task.candidate.head, problem }, resume = resume,
    prepare = asking(task, w:uuid("fence"):gsub("-", ""), problem),
  }
  spec.events = events_of(task, agent, independent, spec.events)
  local answer, failure = w:try(function(inner)
    return inner:run(spec)
  end)
  if failure and failure.reason ~= "schema_invalid" then
    error(failure, 0)
  end
  return answer or {}, failure and tostring(failure) or verdict.problem(answer.output)
end

---The auditor's verdict; a failure is raised when there is none after asking again.
---@param w neap.Workflow
---@param task neap.AuditTask
---@return neap.Verdict
---@return number cost
function M.run(w, task)
  local answer, problem = ask(w, task, "audit")
  local cost = answer.cost or 0
  if problem then
    answer, problem = ask(w, task, "audit_again", problem, answer.session)
    cost = cost + (answer.cost or 0)
  end
  if problem then
    error(err.failure { reason = "schema_invalid", detail = "verdict", retryable = false,
      step = ("audit_again[%d]"):format(task.key), message = problem }, 0)
  end
  return answer.output, cost
end

return M
