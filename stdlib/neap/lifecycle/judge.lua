-- From a round of work to a merge, or to what has to be done better.
-- Owns the order candidate, gate, audit, merge, and who may say yes. What is tested is the very
-- commit that is merged: when the target moves, there is a new candidate and it is tested again.
local audit = require "neap.audit"
local audit_prompt = require "neap.audit.prompt"
local err = require "neap.base.err"
local gate = require "neap.gate.command"
local glob = require "neap.gate.glob"
local merge = require "neap.merge"
local ship_of = require "neap.lifecycle.ship"
local wait = require "neap.run.wait"

local M = {}

local function protected(files, globs)
  local hit = {}
  for _, file in ipairs(files) do
    for _, path in ipairs { file.path, file.from } do
      if glob.matches(path, globs) then
        hit[#hit + 1] = path
      end
    end
  end
  return hit
end

-- The commit that would be merged now. Conflicts end the run; branch and trees stay as they are.
local function propose(ship)
  ship.round = ship.round + 1
  local issue, config, w = ship.issue, ship.config, ship.w
  local candidate = w:step("candidate", { key = ship.round, attempts = 1 }, function(head)
    local made = ship_of.must(merge.candidate {
      repo = issue.repo, target = config.into, from = head, message = issue.title,
    })
    local hit = made.files and protected(made.files, config.protect) or {}
    made.files = nil
    if #hit > 0 then
      made.protected = hit
      w:emit("verdict.recorded", gate.protected(made.tree, config.gate_set, hit))
    end
    return made
  end, ship.head)
  if candidate.conflicts then
    ship:escalate(("candidate[%d]"):format(ship.round), "conflict",
      ("%s and %s both changed %s"):format(ship.author.branch, config.into,
        table.concat(candidate.conflicts, ", ")))
  end
  return candidate
end

local function output_of(failure)
  local tails = failure.tails or {}
  return ("The tests failed (%s). Their last output:\n\n%s\n%s")
    :format(tostring(failure), tails.stdout or "", tails.stderr or "")
end

-- Run the gate on the candidate's tree; feedback when it says no. A gate that could not be run at
-- all is no fault of the change.
local function test(ship, candidate)
  if candidate.protected then
    return ("You changed paths that may not be changed: %s. Put them back.")
      :format(table.concat(candidate.protected, ", "))
  end
  local spec = gate.spec(ship.config, {
    name = "test", key = ship.round, cwd = ship.clean.path, tree = candidate.tree,
    gate_set = ship.config.gate_set, prepare = ship_of.at_commit(ship.clean, candidate.head),
  })
  local _, failure = ship.w:try(function(w)
    return w:run(spec)
  end)
  if failure and (failure.reason == "killed" or tostring(failure.detail):find "^spawn") then
    error(failure, 0)
  end
  return failure and output_of(failure)
end

local function reject(detail, message)
  error(err.failure { reason = "rejected", detail = detail, message = message, final = true,
    retryable = false }, 0)
end

---@return { enough: boolean }? approval
---@return string? feedback
local function ask_auditor(ship, candidate, work)
  local phase = ship.options.audit
  if not phase then
    return { enough = false }
  end
  local verdict, cost = audit.run(ship.w, {
    key = work, agents = phase.agents, author = ship.options.implement.agents[1],
    task = ship.issue.text, repo = ship.issue.repo, cwd = ship.clean.path, candidate = candidate,
    prepare = ship_of.at_commit(ship.clean, candidate.head),
  })
  ship.cost = ship.cost + cost
  if verdict.verdict == "reject" then
    reject("auditor", verdict.summary)
  elseif verdict.verdict == "revise" then
    return nil, audit_prompt.concerns(verdict)
  end
  return { enough = verdict.confidence >= ship.config.min_confidence }
end

-- A person says yes with `neap signal RUN merge true`, or '{"ok":true}'; anything else is a no.
---@param ship neap.Ship
---@param candidate neap.Candidate
---@param why? string what is in the way
local function ask_person(ship, candidate, why)
  local w = ship.w
  local question = ("Merge %s into %s?"):format(candidate.head:sub(1, 10), ship.config.into)
  local answer = wait.receive(w, w.keys:next("merge", nil, true), "merge", nil,
    { question = why and ("%s. %s"):format(why, question) or question })
  if answer ~= true and (type(answer) ~= "table" or answer.ok ~= true) then
    reject("person", "a person said no to the merge")
  end
end

-- Move the target to the candidate; nil when it could not move: judge again.
local function land(ship, candidate, approval)
  local auto = ship.config.auto
  if ship.merges == 0 and not (auto == "on_full_pass"
      or auto == "on_auditor_approve" and approval.enough) then
    ask_person(ship, candidate)
  end
  ship.merges = ship.merges + 1
  local landed = merge.run(ship.w, ship.merges, {
    repo = ship.issue.repo, target = ship.config.into, base = candidate.base,
    head = candidate.head, tree = candidate.tree, gate_set = ship.config.gate_set,
  })
  if landed.state == "dirty" then
    ask_person(ship, candidate, landed.why)
  end
  return landed.state == "done" and candidate.head or nil
end

---@param ship neap.Ship
---@param work integer the round of work
---@return string? head what the target is at now
---@return string? feedback why it is not there
function M.run(ship, work)
  local approval, passed
  while true do
    local candidate = propose(ship)
    local feedback = candidate.tree ~= passed and test(ship, candidate) or nil
    passed = candidate.tree
    if not feedback and not approval then
      approval, feedback = ask_auditor(ship, candidate, work)
    end
    if feedback then
      return nil, feedback
    end
    local head = land(ship, candidate, approval)
    if head then
      return head
    end
  end
end

return M
