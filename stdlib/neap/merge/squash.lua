-- Squash merge, the part that is pure git: what a merge would be, its commit, and landing it.
-- Owns the in-memory merge and the rule for a target that is checked out: it moves only by
-- fast-forward and only when it is clean. What a killed one left is merge/locks and merge/leftover.
-- Refuses to know queues, gates and events. Uses the two functions it is made with, as
-- neap.worktree does.
local leftover = require "neap.merge.leftover"
local locks = require "neap.merge.locks"

local REFLOG = "neap: merge"

local M = {}

---@class neap.Squash
---@field git neap.Git
---@field exec neap.Exec
local Squash = {}
Squash.__index = Squash

---@class neap.MergePrepared
---@field head string the target's commit: what `land` must find
---@field tip string the branch's commit
---@field base? string where they parted
---@field tree? string the merged tree; nil when there are conflicts
---@field conflicts? string[] paths
---@field empty? true the branch adds nothing to the target

---@class (exact) neap.MergeCommitOpts
---@field repo string
---@field tree string
---@field head string
---@field message string
---@field author_name? string
---@field author_email? string

---@class (exact) neap.MergeLandOpts
---@field repo string
---@field target string branch
---@field expect string the commit it is at
---@field commit string where it goes, a child of that
---@field since? integer this very call may have been cut short since then: ms since the epoch

---@class neap.MergeLanded
---@field landed? string the commit, now in the target
---@field waits? "dirty" the target is checked out with changes; nothing was touched
---@field path? string where it is checked out
---@field message? string what git said

---@param git neap.Git
---@param exec neap.Exec
---@return neap.Squash
function M.new(git, exec)
  return setmetatable({ git = git, exec = exec }, Squash)
end

local function heads(name)
  return "refs/heads/" .. name
end

local function moved_on(opts)
  return { code = "conflict", message = opts.target .. " is no longer " .. opts.expect }
end

---What merging `branch` into `target` gives. Nothing but objects is written.
---@param opts { repo: string, target: string, branch: string }
---@return neap.MergePrepared?
---@return neap.Err?
function Squash:prepare(opts)
  local target, err = self.git("resolve", { repo = opts.repo, rev = heads(opts.target) })
  local branch, merged
  if target then
    branch, err = self.git("resolve", { repo = opts.repo, rev = opts.branch })
  end
  if branch then
    merged, err = self.git("merge_trees",
      { repo = opts.repo, ours = target.oid, theirs = branch.oid })
  end
  return merged and {
    head = target.oid, tip = branch.oid, base = merged.base, tree = merged.tree,
    conflicts = merged.conflicts, empty = merged.tree == target.tree or nil,
  }, err
end

---The one commit that a squash adds to the target. No ref knows it yet.
---@param opts neap.MergeCommitOpts
---@return string? commit
---@return neap.Err?
function Squash:commit(opts)
  local made, err = self.git("commit_tree", {
    repo = opts.repo, tree = opts.tree, parents = { opts.head }, message = opts.message,
    author_name = opts.author_name, author_email = opts.author_email,
  })
  return made and made.oid, err
end

---The working tree in which `target` is checked out, if any.
local function checked_out(self, opts)
  local listed, err = self.git("worktrees", { repo = opts.repo })
  for _, row in ipairs(listed and listed.worktrees or {}) do
    if row.valid and row.branch == opts.target then
      return row.path
    end
  end
  return listed and "", err
end

---Changes that git itself would lose or refuse over; untracked files are its own business.
local function is_dirty(self, path)
  local status, err = self.git("status", { path = path })
  for _, entry in ipairs(status and status.entries or {}) do
    if entry.status ~= "untracked" then
      return true
    end
  end
  return not status, err
end

---True when `target` is at the commit or beyond it.
local function has_landed(self, opts, tip)
  if tip == opts.commit then
    return true
  end
  local merged = self.git("merge_trees", { repo = opts.repo, ours = tip, theirs = opts.commit })
  return merged ~= nil and merged.base == opts.commit
end

---The tree as git would find it; what a killed git left half done in it is no change.
local function state_of(self, opts, path)
  if opts.since then
    return leftover.settle(self, path, opts)
  end
  local dirty, err = is_dirty(self, path)
  return not err and (dirty and "dirty" or "clean") or nil, err
end

---What git has to do in a tree in that state.
local function command(opts, state)
  if state == "written" then
    return { "git", "update-ref", "-m", REFLOG, heads(opts.target), opts.commit, opts.expect }
  end
  -- Its housekeeping afterwards is left to the next command of the user: one that is killed leaves
  -- a lock of its own, and then there is none ever after.
  return { "git", "-c", "maintenance.auto=false", "merge", "--ff-only", "--quiet", opts.commit }
end

---Moves a target that somebody has before their eyes.
local function fast_forward(self, opts, path)
  local state, err = state_of(self, opts, path)
  if not state then
    return nil, err
  elseif state == "dirty" then
    return { waits = "dirty", path = path, message = path .. " has changes" }
  end
  local argv = command(opts, state)
  argv.cwd = path
  local done
  done, err = self.exec(argv)
  if done and done.code == 0 then
    if state == "written" then -- as git merge does at its end
      self.exec { "git", "hook", "run", "--ignore-missing", "post-merge", "--", "0", cwd = path }
    end
    return { landed = opts.commit }
  elseif not done or done.signal then
    return nil, err or { code = "killed",
      message = ("git merge in %s was ended by signal %d"):format(path, done.signal) }
  end
  local tip = self.git("resolve", { repo = opts.repo, rev = heads(opts.target) })
  if tip and tip.oid ~= opts.expect then
    return nil, moved_on(opts)
  end
  return { waits = "dirty", path = path, message = (done.stderr:gsub("%s+$", "")) }
end

---Moves `target` from `expect` to `commit`, its child. A target that moved is err.code
---"conflict": prepare again; "busy" and "killed": again, later. Landing what has landed is fine, so
---it can be repeated after a crash; `since` says that it is.
---@param opts neap.MergeLandOpts
---@return neap.MergeLanded?
---@return neap.Err?
function Squash:land(opts)
  local ref = heads(opts.target)
  local path, err = checked_out(self, opts)
  if path and opts.since then
    local _
    _, err = locks.clear(self.git, opts, path ~= "" and path or nil)
  end
  local tip
  if not err then
    tip, err = self.git("resolve", { repo = opts.repo, rev = ref })
  end
  if not tip then
    return nil, err
  elseif has_landed(self, opts, tip.oid) then
    return { landed = opts.commit }
  elseif tip.oid ~= opts.expect then
    return nil, moved_on(opts)
  end
  if path ~= "" then
    return fast_forward(self, opts, path)
  end
  local moved
  moved, err = self.git("update_ref", {
    repo = opts.repo, ref = ref, to = opts.commit, expect = opts.expect, message = REFLOG,
  })
  return moved and { landed = opts.commit }, err
end

return M
