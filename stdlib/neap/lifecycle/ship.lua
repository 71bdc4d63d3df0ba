-- One issue on its way to a merged change: what its phases share.
-- Owns the worktrees of the run: one where the author works, on its own branch off a recorded
-- base, and one that only ever holds the candidate, where gates and auditors look. Before each
-- attempt its tree is put at a commit, so what a crash left is gone.
local await = require "neap.run.await"
local err = require "neap.base.err"
local native = require "neap.native"
local worktree = require "neap.worktree"

---@class neap.Ship
---@field w neap.Workflow
---@field options table the phases as the script has them
---@field config table what the run is held to, from the record
---@field issue { title: string, text: string, repo: string, slug: string }
---@field author neap.WorktreeResult
---@field clean neap.WorktreeResult
---@field head string the author's last commit
---@field round integer candidates so far
---@field merges integer merges tried so far
---@field planned? string
---@field cost number US dollars
local Ship = {}
Ship.__index = Ship

local M = {}

---The value of a call into the world, or a failure of the step around it.
---@generic T
---@param value T?
---@param problem neap.Err?
---@return T
function M.must(value, problem)
  if value == nil or value == false then
    error(err.failure { reason = "crashed", detail = problem.code, message = problem.message,
      retryable = false }, 0)
  end
  return value
end

local must = M.must

local function read_issue(dir, file, config)
  local text = must(native.sys.read(file:sub(1, 1) == "/" and file or dir .. "/" .. file))
  local at = must(await.git("open", { path = config.repo or dir }))
  local title = text:match "^#*%s*([^\n]+)" or file
  local slug = title:lower():gsub("[^%w]+", "-"):sub(1, 40):gsub("^%-", ""):gsub("%-$", "")
  return { title = title, text = text, repo = at.root or at.common_dir, slug = slug,
    config = config }
end

local function make_trees(w, issue, name)
  local trees = worktree.new(await.git, await.exec)
  local base = "refs/heads/" .. issue.config.into
  local author = must(trees:ensure { repo = issue.repo, name = name, base = base })
  local clean = must(trees:ensure { repo = issue.repo, name = name .. ".gate", base = base })
  w:emit("worktree.created", { path = author.path, branch = author.branch, base = author.base })
  return { author = author, clean = clean }
end

---Read the issue and make the trees.
---@param w neap.Workflow
---@param options table
---@param config table
---@param file string
---@return neap.Ship
function M.begin(w, options, config, file)
  local issue = w:step("issue", { attempts = 1 }, function(dir, path)
    return read_issue(dir, path, config)
  end, w.dir, file)
  local name = issue.slug .. "-" .. w.run_id:sub(-4)
  local trees = w:effect("worktree", { args = { issue.repo, name } }, function()
    return make_trees(w, issue, name)
  end)
  return setmetatable({
    w = w, options = options, config = issue.config, issue = issue, name = name,
    author = trees.author, clean = trees.clean, head = trees.author.base, round = 0, merges = 0,
    cost = 0,
  }, Ship)
end

---For `prepare` of a process: puts a tree at a commit. Nobody is working in it then.
---@param tree neap.WorktreeResult
---@param commit string
---@return fun(loop: table, spec: table, done: fun(ok: any, err: table?))
function M.at_commit(tree, commit)
  return function(loop, _, done)
    native.git.call(loop, "reset_hard", { path = tree.path, to = commit, branch = tree.branch },
      done)
  end
end

---End the run where a person has to look: nothing is removed.
---@param step string the step a person's retry would open
---@param detail string
---@param message string
function Ship:escalate(step, detail, message)
  error(err.failure { reason = "escalated", detail = detail, message = message, step = step,
    retryable = false }, 0)
end

---The work is on the target: the trees go.
---@param head string
---@param rounds integer
---@return table result of the run
function Ship:close(head, rounds)
  local repo, name = self.issue.repo, self.name
  self.w:effect("cleanup", { args = { name } }, function()
    local trees = worktree.new(await.git, await.exec)
    must(trees:remove { repo = repo, name = name })
    must(trees:remove { repo = repo, name = name .. ".gate" })
  end)
  return {
    merged = head, into = self.config.into, rounds = rounds,
    cost = math.floor(self.cost * 1e6 + 0.5) / 1e6,
  }
end

return M
