-- The locks that a killed merge left on a repository, and which of them may go.
-- git takes a lock by making a file and never asks whether its owner lives, so one that was killed
-- keeps everybody out. A lock goes when all of this is so; any other stays where it is:
--   1. this merge has begun before and did not end, and the lock was made since;
--   2. it holds what this merge writes: nothing, the beginning of a commit's name, an index that is
--      unfinished or has the tree of one of the two commits;
--   3. no process has it open, and no git works in the repository.
-- Owns that rule. Refuses to know how a merge goes on. Uses git and native.sys.
local native = require "neap.native"

local M = {}

local SLACK = 0.1 -- seconds a file system's clock may be behind

local sys = native.sys

---A lock's text, when one commit is all it may name.
local function begins(commit)
  return function(path)
    local text = sys.read(path)
    return text ~= nil and (commit .. "\n"):sub(1, #text) == text
  end
end

local function is_empty(path)
  local found = sys.stat(path)
  return found ~= nil and found.size == 0
end

---The index that a merge writes: of base while it looks at the files, then of the commit.
local function is_index(git, opts)
  return function(path)
    local index = git("index_tree", { repo = opts.repo, file = path })
    for _, commit in ipairs { opts.expect, opts.commit } do
      local known = git("resolve", { repo = opts.repo, rev = commit })
      if index and (not index.whole or known and known.tree == index.tree) then
        return true
      end
    end
    return false
  end
end

---Every lock a merge takes, with the test of what it holds; those of a tree when it has one.
local function candidates(git, at, opts, tree)
  local list = {
    { ("%s/refs/heads/%s.lock"):format(at.common_dir, opts.target), begins(opts.commit) },
  }
  if tree then
    list[2] = { at.git_dir .. "/HEAD.lock", is_empty }
    list[3] = { at.git_dir .. "/ORIG_HEAD.lock", begins(opts.expect) }
    list[4] = { at.git_dir .. "/index.lock", is_index(git, opts) }
  end
  return list
end

-- The name only: its arguments may have a secret in them, and this goes on record.
local function held(path, pid)
  local name = (sys.read(("/proc/%d/comm"):format(pid)) or "gone by now"):gsub("\n$", "")
  return { code = "busy", message = ("%s is in the way of the merge, and process %d (%s) may hold "
    .. "it: let it come to its end, or end it"):format(path, pid, name) }
end

---Removes what may go. "busy": a lock may be held by a process that lives; nothing is wrong with
---it later.
---@param git neap.Git
---@param opts { repo: string, target: string, expect: string, commit: string, since: integer }
---@param tree? string where the target is checked out
---@return true?
---@return neap.Err?
function M.clear(git, opts, tree)
  local at, problem = git("open", { path = tree or opts.repo })
  for _, lock in ipairs(at and candidates(git, at, opts, tree) or {}) do
    local path, is_ours = lock[1], lock[2]
    local found = sys.stat(path)
    if found and found.mtime >= opts.since / 1000 - SLACK and is_ours(path) then
      local pid = sys.holder(path, at.common_dir, at.root)
      local now = sys.stat(path)
      if pid then
        return nil, held(path, pid)
      elseif now and now.mtime == found.mtime and now.size == found.size then
        sys.remove(path)
      end
    end
  end
  return at and true, problem
end

return M
