-- What a killed `git merge` left half done in a working tree, so that the merge can go on.
-- git takes old files away and writes new ones first, then the index, then the branch. With the
-- index at the commit only the branch is missing. While it is at base, git refuses a file that is
-- not as the index has it, but not one that is missing; so what the killed one had written is taken
-- away. A file goes only when all it holds is the beginning of what one of the two commits has at
-- its path, so nothing of anybody's is lost.
-- Owns what counts as left over. Refuses to know locks and refs. Uses `git` and `exec`.

local M = {}

-- A path below a link is another place.
local ABSENT = [[d=$1; while case $d in */*) ;; *) false ;; esac do
  d=${d%/*}; [ ! -L "$d" ] || exit 0
done
[ -e "$1" ] || [ -L "$1" ] || exit 0
]]

-- Of a folder in the place of a file the files are on the list.
local IS_BEGINNING = ABSENT .. [[
[ -d "$1" ] && [ ! -L "$1" ] && exit 0
for commit in "$2" "$3"; do
  if [ -L "$1" ]; then
    [ "$(git cat-file blob "$commit:$1")" = "$(readlink "$1")" ] && exit 0
  else
    git cat-file --filters "$commit:$1" | head -c "$(wc -c <"$1")" | cmp -s - "$1" && exit 0
  fi
done
exit 1]]

-- Folders that are empty then go too, as git has it: a file may be in their place.
local REMOVE = ABSENT .. [[
if [ -d "$1" ] && [ ! -L "$1" ]; then
  find "./$1" -depth -type d -empty -exec rmdir {} \;
else
  rm -f -- "$1"
fi
case $1 in */*) rmdir -p -- "${1%/*}" 2>/dev/null ;; esac
exit 0]]

local function shell(exec, path, script, ...)
  local done, err = exec { cwd = path, "sh", "-c", script, "sh", ... }
  return done and done.code == 0, err
end

---Whether the index of the tree at `path` has exactly what `commit` has.
local function is_index_at(exec, path, commit)
  local done = exec { "git", "diff-index", "--cached", "--quiet", commit, "--", cwd = path }
  return done ~= nil and done.code == 0
end

---The paths that a merge writes or takes away.
local function changed(exec, path, opts)
  local done, err = exec { "git", "diff-tree", "-r", "-z", "--no-renames", "--name-only",
    opts.expect, opts.commit, "--", cwd = path }
  if not done or done.code ~= 0 or done.stdout_truncated then
    return nil, err or { code = "unknown",
      message = ("cannot tell what %s changes: %s"):format(opts.commit, done.stderr) }
  end
  local set = {}
  for name in done.stdout:gmatch "%Z+" do
    set[name] = true
  end
  return set
end

---The files to take away; nil when there is something that is somebody's.
local function find(world, path, opts)
  local ours, err = changed(world.exec, path, opts)
  local status
  if ours then
    status, err = world.git("status", { path = path })
  end
  local list = {}
  for _, entry in ipairs(status and status.entries or {}) do
    if ours[entry.path] then
      if not shell(world.exec, path, IS_BEGINNING, entry.path, opts.expect, opts.commit) then
        return nil
      end
      list[#list + 1] = entry.path
    elseif entry.status ~= "untracked" then
      return nil
    end
  end
  return status and list, err
end

---Makes the tree at `path`, where `opts.commit` was being merged, ready for that merge again.
---@param world neap.Squash
---@param path string
---@param opts { expect: string, commit: string }
---@return "clean"|"dirty"|"written"|nil state "dirty": there are changes that are somebody's, and
---  nothing was touched; "written": files and index are at the commit
---@return neap.Err?
function M.settle(world, path, opts)
  if is_index_at(world.exec, path, opts.commit) then
    return "written"
  elseif not is_index_at(world.exec, path, opts.expect) then
    return "dirty"
  end
  local list, err = find(world, path, opts)
  for _, name in ipairs(list or {}) do
    local _
    _, err = shell(world.exec, path, REMOVE, name)
  end
  if err then
    return nil, err
  end
  return list and "clean" or "dirty"
end

return M
