-- Making, repairing and unregistering trees with the git program.
-- Owns the lock and the order of steps. Refuses to know names and bases. Uses `git` and `exec`.
--
-- Trees are registered and removed one at a time, under a lock on the repository that dies with
-- its holder; checkouts run side by side. A tree without an index was never finished: nobody has
-- worked in it.

local program = require "neap.worktree.program"

local M = {}

local function worktree(world, at, ...)
  return program.worktree(world.exec, at.common_dir, ...)
end

---Removes the lock files that a killed git left on the refs of this tree, which nobody shares.
---@param world neap.Worktrees
---@param at neap.WorktreePlace
---@return table?
---@return neap.Err?
function M.unlock(world, at)
  local folder = at.common_dir .. "/"
  return program.run(world.exec, { "rm", "-f", "--",
    folder .. "refs/heads/" .. at.branch .. ".lock", folder .. at.base_ref .. ".lock" })
end

---Moves a folder that is no tree of ours out of the way, never deletes it.
local function set_aside(world, at)
  if world.git("status", { path = at.path }) then
    return nil, { code = "exists", message = at.path .. " is a working tree of something else" }
  end
  local line = '[ -e "$3" ] || exit 0; mkdir -p "$1" && d=$(mktemp -d "$1/$2.XXXXXX") && '
    .. 'mv -- "$3" "$d/" && printf %s "$d"'
  local moved, err = program.run(world.exec,
    { "sh", "-c", line, "sh", at.home .. "/lost", at.slug, at.path })
  return moved and moved.stdout, err
end

---Clears what stands where a new tree will be: half-made ones, and those whose folder is gone.
local function clear(world, at)
  if at.row and worktree(world, at, "remove", "--force", "--force", at.path) then
    return ""
  end
  local lost, err = set_aside(world, at)
  if lost and at.row then
    local _
    _, err = worktree(world, at, "remove", "--force", "--force", at.path)
    lost = not err and lost
  end
  return lost, err
end

---@param world neap.Worktrees
---@param at neap.WorktreePlace
---@param base string where a new branch begins
---@return { lost?: string }?
---@return neap.Err?
function M.create(world, at, base)
  local lost, err = clear(world, at)
  if not lost then
    return nil, err
  end
  local made
  if world.git("resolve", { repo = at.common_dir, rev = "refs/heads/" .. at.branch }) then
    made, err = worktree(world, at, "add", "--no-checkout", at.path, at.branch)
  else
    made, err = worktree(world, at, "add", "--no-checkout", "-b", at.branch, at.path, base)
  end
  if made then
    made, err = program.run(world.exec, { "git", "-C", at.path, "checkout", "-q", "--force" })
  end
  return made and { lost = lost ~= "" and lost or nil }, err
end

---A tree that is there: its head belongs on its branch, wherever a killed rebase left it.
---@param world neap.Worktrees
---@param at neap.WorktreePlace
---@return { adopted: true }?
---@return neap.Err?
function M.adopt(world, at)
  if at.row.branch == at.branch then
    return { adopted = true }
  end
  local back, err = world.git("reset_hard",
    { path = at.path, to = "refs/heads/" .. at.branch, branch = at.branch })
  return back and { adopted = true }, err
end

---@param world neap.Worktrees
---@param at neap.WorktreePlace
---@return true?
---@return neap.Err?
function M.remove(world, at)
  if not at.row or worktree(world, at, "remove", "--force", "--force", at.path) then
    return true
  end
  program.run(world.exec, { "rm", "-rf", "--", at.path }) -- a removal that was cut short
  local gone, err = worktree(world, at, "remove", "--force", "--force", at.path)
  return gone and true, err
end

return M
