-- The author's phases: plan, and rounds of work with a commit each.
-- Owns what the author is asked and what counts as work done.
local await = require "neap.run.await"
local prompts = require "neap.lifecycle.prompts"
local ship_of = require "neap.lifecycle.ship"
local worktree = require "neap.worktree"

local M = {}

local function ask(ship, agents, task)
  task.cwd, task.prepare = ship.author.path, ship_of.at_commit(ship.author, ship.head)
  task.others = { unpack(agents, 2) }
  local answer = ship.w:run(agents[1]:spec(task))
  ship.cost = ship.cost + (answer.cost or 0)
  return answer
end

---The plan is the agent's answer; it may read and nothing else.
---@param ship neap.Ship
function M.plan(ship)
  local phase = ship.options.plan
  if phase then
    ship.planned = ask(ship, phase.agents, {
      name = "plan", access = "read", prompt = prompts.plan(ship.issue.text),
    }).text
  end
end

---One round of work and its commit.
---@param ship neap.Ship
---@param work integer
---@param feedback string? why the last round was not enough
---@return string? feedback when nothing was changed
function M.implement(ship, work, feedback)
  local phase, issue = ship.options.implement, ship.issue
  ask(ship, phase.agents, {
    name = "implement", key = work, access = phase.access or "write",
    prompt = prompts.implement(issue.text, ship.planned, feedback, ship.config.protect),
  })
  local tree, before = ship.author, ship.head
  local commit = ship.w:effect("commit", { key = work, args = { before } }, function(attempt)
    if attempt.interrupted then
      ship_of.must(worktree.new(await.git, await.exec):unlock(tree.path, tree.branch))
    end
    return ship_of.must(await.git("commit", { path = tree.path,
      message = ("implement: %s (round %d)"):format(issue.title, work) }))
  end)
  ship.head = commit.oid
  if commit.oid == before then
    return (feedback and feedback .. "\n\n" or "") .. "You changed no file."
  end
end

return M
