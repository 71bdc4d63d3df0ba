-- place: where a store lives, and where a script's directory is.
-- `<git common dir>/neap` inside a repository (safe from `git clean`), else `.neap` beside the
-- script. Reads the two small files git documents for linked worktrees; opens no repository.

local native = require("neap.native")

local sys = native.sys

local M = {}

---The directory of a path; "." for a bare name.
function M.dirname(path)
  return path:match("^(.+)/[^/]*$") or (path:sub(1, 1) == "/" and "/" or ".")
end

local function join(base, path)
  return path:sub(1, 1) == "/" and path or base .. "/" .. path
end

---The common directory behind a `.git` file: gitrepository-layout(5), "gitdir:" and "commondir".
local function linked(dir, file)
  local target = (sys.read(file) or ""):match("^gitdir:%s*(.-)%s*$")
  if not target then
    return nil
  end
  local git_dir = join(dir, target)
  local common = sys.read(git_dir .. "/commondir")
  return sys.realpath(common and join(git_dir, (common:gsub("%s+$", ""))) or git_dir)
end

---The git common directory above `dir`, or nil outside a repository.
---@param dir string absolute
---@return string?
function M.git_common(dir)
  while true do
    local stat = sys.stat(dir .. "/.git")
    if stat and stat.type == "directory" and sys.exists(dir .. "/.git/HEAD") then
      return dir .. "/.git"
    elseif stat and stat.type == "file" then
      return linked(dir, dir .. "/.git")
    end
    if dir == "/" or dir == "." then
      return nil
    end
    dir = M.dirname(dir)
  end
end

---The store's directory for work in `dir`.
---@param dir string absolute
---@return string
function M.store(dir)
  local common = M.git_common(dir)
  return common and common .. "/neap" or dir .. "/.neap"
end

---Where the store of a script is looked for: the repository one works in, else its own place.
---@param program { dir: string }
---@return string
function M.home(program)
  local cwd = sys.cwd()
  return M.git_common(cwd) and cwd or program.dir
end

return M
