-- Worktrees: each task works in a tree of its own, on its own branch off a recorded base.
-- The tree is .neap/worktrees/NAME, its branch neap/NAME, its base the ref refs/neap/base/NAME.
-- Owns what a task may ask of its tree. Refuses to know runs, agents, and who works in a tree.
-- Uses the two functions it is made with, both awaited: git(verb, opts) -> result | nil, err and
-- exec { argv…, cwd = } -> { code, stdout, stderr } | nil, err.

local make = require "neap.worktree.make"
local place = require "neap.worktree.place"
local program = require "neap.worktree.program"

local M = {}

---@alias neap.Git fun(verb: string, opts: table): table?, neap.Err?
---@alias neap.Exec fun(opts: table): table?, neap.Err?

---@class neap.Worktrees
---@field git neap.Git
---@field exec neap.Exec
local Worktrees = {}
Worktrees.__index = Worktrees

---@class (exact) neap.WorktreeOpts
---@field repo string anywhere inside the repository
---@field name string the task's name; any text
---@field base? string where the branch begins, default HEAD; ignored once it is recorded
---@field branch? string default neap/NAME

---@class neap.WorktreeResult
---@field name string
---@field path string
---@field branch string
---@field base string the commit recorded when the tree was first made
---@field head string
---@field adopted? true the tree was there already
---@field lost? string where a folder that stood in the way was moved

---@class neap.WorktreeRow
---@field name string
---@field path string
---@field branch? string nil when detached
---@field head? string
---@field base? string
---@field orphan boolean

---@param git neap.Git
---@param exec neap.Exec
---@return neap.Worktrees
function M.new(git, exec)
  return setmetatable({ git = git, exec = exec }, Worktrees)
end

---What a tree is made of: the record of its base, the line that hides it, the tree itself.
local function make_or_mend(self, opts, at)
  local is_whole = at.row and at.row.valid and at.row.ready
  local done, base, err = is_whole, nil, nil
  if not is_whole then
    done, err = make.unlock(self, at)
  end
  if done then
    base, err = place.record_base(self.git, opts, at)
  end
  if base then
    done, err = self.git("exclude", { repo = opts.repo, pattern = "/.neap/" })
  end
  if not (base and done) then
    return nil, err
  end
  done, err = (is_whole and make.adopt or make.create)(self, at, base)
  return done and { adopted = done.adopted, lost = done.lost, base = base }, err
end

---Makes the tree of `name`, or finds it, or repairs it; safe to call again after any crash.
---@param opts neap.WorktreeOpts
---@return neap.WorktreeResult?
---@return neap.Err?
function Worktrees:ensure(opts)
  local at, err = place.locate(self.git, opts)
  local made, tip
  if at then
    made, err = make_or_mend(self, opts, at)
  end
  if made then
    tip, err = self.git("resolve", { repo = opts.repo, rev = "refs/heads/" .. at.branch })
  end
  return tip and { name = opts.name, path = at.path, branch = at.branch, base = made.base,
    head = tip.oid, adopted = made.adopted, lost = made.lost }, err
end

---Removes the locks that a killed git left on a tree and its branch; the work in it stays.
---@param path string
---@param branch string
---@return table?
---@return neap.Err?
function Worktrees:unlock(path, branch)
  local at, err = self.git("open", { path = path })
  if not at then
    return nil, err
  end
  return program.unlock(self.exec, at.git_dir, at.common_dir, branch)
end

---Puts a tree back: to `to` (default: its last commit), on `branch` when given, clean. What is
---committed is kept, what is ignored too. Nobody may be working in it.
---@param path string
---@param to? string
---@param branch? string
---@return { oid: string }?
---@return neap.Err?
function Worktrees:reset(path, to, branch)
  local at = self.git("open", { path = path })
  if not (at and at.root == path and at.needs_program) then
    return self.git("reset_hard", { path = path, to = to or "HEAD", branch = branch })
  end
  local done, err = program.reset(self.exec, at, to or "HEAD", branch)
  if not done then
    return nil, err
  end
  return self.git("resolve", { repo = path, rev = "HEAD" })
end

---Commits everything in a tree that is not ignored, on its branch.
---@param opts { path: string, message: string, author_name?: string, author_email?: string }
---@return neap.GitCommitResult?
---@return neap.Err?
function Worktrees:commit(opts)
  local at = self.git("open", { path = opts.path })
  local is_staged = at and at.root == opts.path and at.needs_program
  if is_staged then
    local done, err = program.stage(self.exec, opts.path)
    if not done then
      return nil, err
    end
  end
  return self.git("commit", {
    path = opts.path, message = opts.message, all = not is_staged,
    author_name = opts.author_name, author_email = opts.author_email,
  })
end

---Removes tree, branch and recorded base; what is gone already is fine.
---@param opts { repo: string, name: string, branch?: string, keep_branch?: boolean }
---@return true?
---@return neap.Err?
function Worktrees:remove(opts)
  local at, err = place.locate(self.git, opts)
  local gone
  if at then
    gone, err = make.unlock(self, at)
  end
  if gone then
    gone, err = make.remove(self, at)
  end
  if gone and not opts.keep_branch then
    gone, err = self.git("delete_branch", { repo = opts.repo, name = at.branch })
  end
  local base = gone and self.git("resolve", { repo = opts.repo, rev = at.base_ref })
  if base then
    gone, err = self.git("update_ref",
      { repo = opts.repo, ref = at.base_ref, to = "", expect = base.oid })
  end
  return gone and true, err
end

---The trees of tasks, by name. `orphan`: registered, but its folder is gone or was never whole.
---@param repo string
---@return neap.WorktreeRow[]?
---@return neap.Err?
function Worktrees:list(repo)
  local at, err = place.locate(self.git, { repo = repo })
  if not at then
    return nil, err
  end
  local list = {}
  for _, row in ipairs(at.rows) do
    local slug = row.path and row.path:match("^(.*)/[^/]+$") == at.home .. "/worktrees"
      and row.path:match("[^/]+$")
    if slug then
      local base = self.git("resolve", { repo = repo, rev = "refs/neap/base/" .. slug })
      list[#list + 1] = { name = place.name(slug), path = row.path, branch = row.branch,
        head = row.head, base = base and base.oid, orphan = not (row.valid and row.ready) }
    end
  end
  return list
end

return M
