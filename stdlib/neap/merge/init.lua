-- A merge as durable steps: the candidate, the intent that points at a verdict, the move.
-- Owns the order and what counts after a crash; the git of it is merge/squash. The intent is
-- refused by the store when no verdict says yes to that tree by that set of gates.
local await = require "neap.run.await"
local err = require "neap.base.err"
local retry = require "neap.policy.retry"
local squash = require "neap.merge.squash"

local M = {}

---@class neap.Candidate JSON
---@field base string the target's commit, and the parent of head
---@field head string the commit that would be merged
---@field tree string
---@field files { path: string, from: string? }[] what it changes
---@field conflicts string[]? paths; then there is nothing else

---@class (exact) neap.MergeTask
---@field repo string
---@field target string branch
---@field base string
---@field head string
---@field tree string
---@field gate_set string

-- A git that works there comes to its end, most often soon.
local PATIENCE = retry.on { "crashed.busy", "crashed.killed" } { attempts = 6, initial = 1,
  multiplier = 2, max = 30, jitter = "none" }

---What merging `from` into `target` would be now, as one commit on the target. Call it in a step.
---@param opts { repo: string, target: string, from: string, message: string }
---@return neap.Candidate?
---@return neap.Err?
function M.candidate(opts)
  local merger = squash.new(await.git, await.exec)
  local made, problem = merger:prepare {
    repo = opts.repo, target = opts.target, branch = opts.from,
  }
  if not made or made.conflicts then
    return made and { conflicts = made.conflicts }, problem
  end
  local head, diff
  head, problem = merger:commit { repo = opts.repo, tree = made.tree, head = made.head,
    message = opts.message }
  if head then
    diff, problem = await.git("diff", { repo = opts.repo, from = made.head, to = head })
  end
  local files = {}
  for i, file in ipairs(diff and diff.files or {}) do
    files[i] = { path = file.path, from = file.from }
  end
  return diff and { base = made.head, head = head, tree = made.tree, files = files }, problem
end

-- Moving twice is moving once, so after a crash the same call finds out what had happened: the
-- target is at head, or still at base, or somewhere else and the verdict counts no more.
local function land(w, task, since)
  local merger = squash.new(await.git, await.exec)
  local landed, problem = merger:land {
    repo = task.repo, target = task.target, expect = task.base, commit = task.head, since = since,
  }
  if landed and landed.landed then
    w:emit("merge.done", { head = task.head })
    return { state = "done" }
  elseif not landed and problem.code ~= "conflict" then
    error(err.failure { reason = "crashed", detail = problem.code, message = problem.message }, 0)
  end
  local why = landed and landed.message or problem.message
  w:emit("merge.abandoned", { why = why })
  return { state = landed and "dirty" or "moved", why = why }
end

---Merge, on record. "moved": the target is elsewhere now. "dirty": its working tree has changes.
---@param w neap.Workflow
---@param n integer which try of this run
---@param task neap.MergeTask
---@return { state: "done"|"moved"|"dirty", why: string? }
function M.run(w, n, task)
  return w:effect("merge", {
    key = n, kind = "merge", args = { task.head }, retry = PATIENCE,
    intend = { { "merge.intended", {
      repo = task.repo, target = task.target, base = task.base, head = task.head,
      tree = task.tree, gate_set = task.gate_set,
    } } },
  }, function(attempt)
    return land(w, task, attempt.since)
  end)
end

return M
