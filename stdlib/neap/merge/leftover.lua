-- What a killed `git merge` left half done in a working tree, so that the merge can go on.
-- git takes old files away and writes new ones first, then the index, then the branch. With the
-- index at the commit only the branch is missing. While it is at base, git refuses a file that is
-- not as the index has it, but not one that is missing; so what the killed one had written is taken
-- away. A file goes only when it is as git leaves it: what the commit has at its path, whole or up
-- to the end of a block, so nothing of anybody's is lost, and no file that somebody made shorter.
-- Owns what counts as left over. Refuses to know locks and refs. Uses `git` and `exec`.

local M = {}

local AT_ONCE = 200 -- names for one shell

-- A path below a link is another place. No name begins with a dash this way.
local IS_ABSENT = [[is_absent() {
  d=$1
  while case $d in */*) ;; *) false ;; esac do
    d=${d%/*}
    [ ! -L "./$d" ] || return 0
  done
  [ ! -e "./$1" ] && [ ! -L "./$1" ]
}
]]

-- Of a folder in the place of a file the files are on the list. A write that is cut ends with a
-- page of the memory, and 4096 divides the sizes of all pages.
local ARE_LEFT = IS_ABSENT .. [[is_left() {
  if [ -L "./$1" ]; then
    [ "$(git cat-file blob "$commit:$1")" = "$(readlink "./$1")" ]
  elif [ -d "./$1" ]; then
    return 0
  elif [ ! -s "./$1" ]; then
    git cat-file -e "$commit:$1"
  elif size=$(wc -c <"./$1") && [ $((size % 4096)) = 0 ]; then
    git cat-file --filters "$commit:$1" | head -c "$size" | cmp -s - "./$1"
  else
    git cat-file --filters "$commit:$1" | cmp -s - "./$1"
  fi
}
commit=$1
shift
for name; do
  is_absent "$name" || is_left "$name" || exit 1
done]]

-- Folders that are empty then go too, as git has it: a file may be in their place. One that holds
-- anything stays as it is, with the empty ones in it: it may be a repository.
local REMOVE = IS_ABSENT .. [[for name; do
  if is_absent "$name"; then
    continue
  elif [ -L "./$name" ] || [ ! -d "./$name" ]; then
    rm -f "./$name"
  elif [ -z "$(find "./$name" ! -type d -print -quit)" ]; then
    find "./$name" -depth -type d -exec rmdir {} +
  fi
  case $name in */*) rmdir -p -- "${name%/*}" 2>/dev/null ;; esac
done
exit 0]]

---Whether `script` says yes to all the names, which come after `...`.
local function shell(exec, path, script, names, ...)
  for first = 1, #names, AT_ONCE do
    local argv = { cwd = path, "sh", "-c", script, "sh", ... }
    for i = first, math.min(first + AT_ONCE - 1, #names) do
      argv[#argv + 1] = names[i]
    end
    local done, err = exec(argv)
    if not done or done.code ~= 0 then
      return false, err
    end
  end
  return true
end

---Whether the index of the tree at `path` has exactly what `commit` has.
local function is_index_at(exec, path, commit)
  local done = exec { "git", "diff-index", "--cached", "--quiet", commit, "--", cwd = path }
  return done ~= nil and done.code == 0
end

---The paths that a merge writes or takes away.
local function changed(world, opts)
  local diff, err = world.git("diff", { repo = opts.repo, from = opts.expect, to = opts.commit })
  local set = {}
  for _, file in ipairs(diff and diff.files or {}) do
    set[file.path] = true
    set[file.from or file.path] = true
  end
  return diff and set, err
end

---The files to take away, those in a folder before it; nil when there is something that is
---somebody's.
local function find(world, path, opts)
  local ours, err = changed(world, opts)
  local status
  if ours then
    status, err = world.git("status", { path = path })
  end
  local list = {}
  for _, entry in ipairs(status and status.entries or {}) do
    if ours[entry.path] then
      table.insert(list, entry.path)
    elseif entry.status ~= "untracked" then
      return nil
    end
  end
  table.sort(list, function(a, b)
    return a > b
  end)
  local is_left
  if status then
    is_left, err = shell(world.exec, path, ARE_LEFT, list, opts.commit)
  end
  return is_left and list or nil, err
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
  if list then
    local _
    _, err = shell(world.exec, path, REMOVE, list)
  end
  if err then
    return nil, err
  end
  return list and "clean" or "dirty"
end

return M
