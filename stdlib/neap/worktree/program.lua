-- The programs that worktrees need: git where libgit2 does less (filters such as LFS, sparse trees,
-- partial clones), and the lock under which trees are registered.
-- Owns how a program's failure becomes an error. Uses `exec` alone.

local M = {}

-- What git says before its reason, as "Preparing worktree", is no reason.
local function reason(words)
  local at = ("\n" .. words):find "\nfatal: " or ("\n" .. words):find "\nerror: "
  return at and words:sub(at) or words
end

---Runs a program; a code other than 0 is an error with its own words, then what was run.
---@param exec neap.Exec
---@param argv string[]
---@return table?
---@return neap.Err?
function M.run(exec, argv)
  local result, err = exec(argv)
  if result and result.code ~= 0 then
    local words = (result.stderr or ""):gsub("%s+$", "")
    return nil, { code = "unknown",
      message = ("%s (%s)"):format(reason(words), table.concat(argv, " ")) }
  end
  return result, err
end

---`git worktree …`, alone among all who register or remove trees of this repository.
---@param exec neap.Exec
---@param common_dir string
---@param ... string
---@return table?
---@return neap.Err?
function M.worktree(exec, common_dir, ...)
  return M.run(exec, { "flock", common_dir, "git", "-C", common_dir, "worktree", ... })
end

---Stages everything that is not ignored.
---@param exec neap.Exec
---@param path string
---@return table?
---@return neap.Err?
function M.stage(exec, path)
  return M.run(exec, { "git", "-C", path, "add", "--all" })
end

---Removes the locks that a killed git left on a tree and on its branch, which nobody shares.
---@param exec neap.Exec
---@param git_dir string
---@param common_dir string
---@param branch? string
---@return table?
---@return neap.Err?
function M.unlock(exec, git_dir, common_dir, branch)
  return M.run(exec, { "rm", "-f", "--", git_dir .. "/index.lock", git_dir .. "/HEAD.lock",
    branch and ("%s/refs/heads/%s.lock"):format(common_dir, branch) })
end

---What the verb reset_hard does.
---@param exec neap.Exec
---@param at neap.GitOpenResult of the tree
---@param to string
---@param branch? string
---@return table?
---@return neap.Err?
function M.reset(exec, at, to, branch)
  local done, err = M.unlock(exec, at.git_dir, at.common_dir, branch)
  if done and branch then
    done, err = M.run(exec, { "git", "-C", at.root, "checkout", "-q", "--force", "-B", branch, to })
  end
  if done then
    done, err = M.run(exec, { "git", "-C", at.root, "reset", "-q", "--hard", to })
  end
  if done then
    done, err = M.run(exec, { "git", "-C", at.root, "clean", "-ffdq" })
  end
  return done, err
end

return M
