-- Where the tree of a task lives: names, folder, branch, and the recorded base.
-- Owns the layout and the escaping of names. Refuses to make or remove anything but the record.
-- Uses `git` (native.git, awaited).

local M = {}

---@class neap.WorktreePlace
---@field common_dir string
---@field state "branch"|"detached"|"unborn" of the repository's HEAD
---@field home string the folder of neap in the main tree
---@field rows neap.GitWorktree[] all trees of the repository
---@field slug string the name, escaped
---@field path string
---@field row? neap.GitWorktree the tree, when git knows it
---@field branch string
---@field base_ref string

---A name as git and file systems take it. Different names stay different.
---@param name string
---@return string
function M.slug(name)
  local slug = name:gsub("[^%w_=.-]", function(byte)
    return ("+%02X"):format(byte:byte())
  end)
  slug = slug:gsub("^[.-]", { ["."] = "+2E", ["-"] = "+2D" }):gsub("%.%.+", function(dots)
    return "." .. ("+2E"):rep(#dots - 1)
  end)
  return (slug:gsub("%.$", "+2E"):gsub("%.lock$", "+2Elock"))
end

---@param slug string
---@return string
function M.name(slug)
  return (slug:gsub("%+(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local function find(rows, path)
  for _, row in ipairs(rows) do
    if row.path == path then
      return row
    end
  end
end

---Where `name` lives: the repository, its trees, and the folder, branch and ref of this one.
---@param git neap.Git
---@param opts { repo: string, name?: string, branch?: string }
---@return neap.WorktreePlace?
---@return neap.Err?
function M.locate(git, opts)
  local at, err = git("open", { path = opts.repo })
  local listed
  if at then
    listed, err = git("worktrees", { repo = opts.repo })
  end
  if not listed then
    return nil, err
  end
  local main = listed.worktrees[1] and listed.worktrees[1].main and listed.worktrees[1].path
  local home = main and main .. "/.neap" or at.common_dir .. "/neap"
  local slug = M.slug(opts.name or "")
  local path = home .. "/worktrees/" .. slug
  return {
    common_dir = at.common_dir, state = at.state, home = home, rows = listed.worktrees,
    slug = slug, path = path, row = find(listed.worktrees, path),
    branch = opts.branch or "neap/" .. slug, base_ref = "refs/neap/base/" .. slug,
  }
end

---The recorded base; recorded now, when it was not yet.
---@param git neap.Git
---@param opts { repo: string, base?: string }
---@param at neap.WorktreePlace
---@return string?
---@return neap.Err?
function M.record_base(git, opts, at)
  local base = git("resolve", { repo = opts.repo, rev = at.base_ref })
  if base then
    return base.oid
  end
  if at.state == "unborn" and not opts.base then
    return nil, { code = "not_found", message = opts.repo .. " has no commit yet; make one" }
  end
  local found, err = git("resolve", { repo = opts.repo, rev = opts.base or "HEAD" })
  if found then
    found, err = git("update_ref",
      { repo = opts.repo, ref = at.base_ref, to = found.oid, expect = "" })
  end
  if not found and opts.base and err.code == "not_found" then
    err.message = ("%s has no %s: %s"):format(opts.repo,
      (opts.base:gsub("^refs/heads/", "branch ")),
      at.state == "unborn" and "make a commit there first" or "make it, or name one that exists")
  end
  return found and found.oid, err
end

return M
