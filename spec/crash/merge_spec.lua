-- #process #slow #git  git and neap are killed together at each system call by which a merge
-- changes anything; the same command then finishes the merge.

local shell = require("spec.support.shell")

local FLOW = [[
local neap = require "neap"
local merge = require "neap.merge"
return neap.workflow "land" (function(w)
  local made = w:step("candidate", function()
    local made = assert(merge.candidate { repo = ".", target = "main", from = "topic",
      message = "squashed" })
    w:emit("verdict.recorded", { tree = made.tree, gate_set = "all", state = "passed" })
    return made
  end)
  local landed = merge.run(w, 1, { repo = ".", target = "main", base = made.base,
    head = made.head, tree = made.tree, gate_set = "all" })
  if landed.state ~= "done" then
    w:fail(landed.state .. ": " .. landed.why)
  end
  return landed
end)
]]

-- Every way in which a checkout touches files: changed, new, gone, another mode, another link, a
-- file in the place of a folder and the reverse, a filter.
local REPOSITORY = [[
git init -q -b main .
git config user.name Ann; git config user.email ann@example.org
git config filter.loud.clean 'tr A-Z a-z'; git config filter.loud.smudge 'tr a-z A-Z'
echo '*.loud filter=loud' >.gitattributes
echo one >a; echo echo >run; mkdir d folder; echo gone >d/gone; ln -s a link
echo file >swap; echo in >folder/in; echo whisper >b.loud; seq 3000 >long
git add .; git commit -q -m first
git checkout -q -b topic
echo two and more >a; chmod +x run; git rm -q d/gone folder/in; ln -sf run link
rm swap; mkdir swap; echo in >swap/in; echo out >folder; echo scream >b.loud
mkdir -p deep/er; echo new >deep/er/new; : >nothing; seq 4000 -1 1 >long
git add .; git commit -q -m second
git checkout -q %s
echo mine >notes
find . -path ./.git -prune -o -exec touch -h -d '-1 minute' {} + # or git looks at each again
]]

-- What must be the same however the merge went.
local FACTS = [[
git log --format=%s main; git rev-parse main^{tree}; git status --porcelain
cat notes b.loud 2>/dev/null; find . -name '*.lock'
sqlite3 -readonly .git/neap/neap.db "SELECT count(*) FROM event WHERE type = 'merge.done';
  SELECT DISTINCT type FROM event WHERE type LIKE 'merge.%' ORDER BY 1; SELECT state FROM run"
"$NEAP" verify >/dev/null && echo verified
]]

-- A copy of the template, killed at `at`, then at `again` if it comes so far, then let go on.
local POINT = [[
at=$1 when=$2 again=$3; cp -a template "$at-$when-$again"; cd "$at-$when-$again" || exit 1
git status >/dev/null # a copy is other files to git
run() { LD_PRELOAD=$CRASH NEAP_CRASH_AT=$1 NEAP_CRASH_WHEN=$2 "$NEAP" run .git/land.lua; }
run "$at" "$when" >out 2>&1
echo $? >../code."$at-$when-$again"
[ "$again" != 0 ] && run "$again" before >>out 2>&1 ||
  "$NEAP" run .git/land.lua >>out 2>&1 || cat out
rm -f out; sh ../facts.sh >../facts."$at-$when-$again" 2>&1
]]

local function absolute(path)
  return path:sub(1, 1) == "/" and path or shell.cwd() .. "/" .. path
end

local dir

---A folder with the repository `template` in it, the other branch of topic and main checked out.
local function place(branch)
  dir = shell.dir()
  shell.run(dir, "mkdir template")
  shell.write(dir .. "/point.sh", POINT)
  shell.write(dir .. "/facts.sh", FACTS)
  local code, _, problem = shell.run(dir .. "/template", REPOSITORY:format(branch))
  assert.equal(0, code, problem)
  shell.write(dir .. "/template/.git/land.lua", FLOW)
end

local function words(program, path)
  return ("CRASH='%s/neap_crash.so' NEAP_CRASH_PATH='%s' %s "
    .. "ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0"):format(absolute(shell.build), path,
      program == "git" and "NEAP_CRASH_PROGRAM=git" or "")
end

---What an undisturbed merge does: its calls and what is true after it.
local function undisturbed(env)
  local code, out, problem = shell.run(dir, "cp -a template whole && cd whole && git status && "
    .. "export " .. env .. "\n"
    .. [[LD_PRELOAD=$CRASH NEAP_CRASH_TRACE=../trace "$NEAP" run .git/land.lua]])
  assert.equal(0, code, out .. problem)
  local calls = {}
  for name in shell.read(dir .. "/trace"):gmatch "[^\n]+" do
    calls[#calls + 1] = name
  end
  local _, facts = shell.run(dir .. "/whole", "sh ../facts.sh")
  return calls, facts
end

---Before each call, in the middle of those that write, and after the last.
local function points(calls)
  local list = {}
  for at, name in ipairs(calls) do
    list[#list + 1] = at .. " before 0"
    if name == "write" then
      list[#list + 1] = at .. " half 0"
    end
  end
  list[#list + 1] = #calls .. " after 0"
  return list
end

---Two kills: the first among the files and when the index is written, the second all over.
local function pairs_of(calls)
  local list, renames = {}, {}
  for at, name in ipairs(calls) do
    if name == "rename" then
      renames[#renames + 1] = at
    end
  end
  local files, index = math.floor((renames[1] + renames[2]) / 2), renames[2] + 1
  for again = 2, #calls, 4 do
    list[#list + 1] = ("%d before %d"):format(files, again)
  end
  for again = 1, #calls - index do
    list[#list + 1] = ("%d before %d"):format(index, again)
  end
  return list
end

local function everywhere(program, path, branch, list_of)
  place(branch)
  local env = words(program, path)
  local calls, facts = undisturbed(env)
  local list = list_of(calls)
  shell.write(dir .. "/points", table.concat(list, "\n") .. "\n")
  local _, out, problem = shell.run(dir, "export " .. env
    .. "; xargs -P 2 -L 1 sh point.sh <points")
  for _, point in ipairs(list) do
    local at, name = tonumber(point:match "%d+"), point:gsub(" ", "-")
    local where = ("%s of %d, %s\n%s%s"):format(point, #calls, calls[at], out, problem)
    assert.equal("137\n", shell.read(dir .. "/code." .. name), where)
    assert.equal(facts, shell.read(dir .. "/facts." .. name), where)
  end
  print(("a merge killed at %d points by %s: %d finished"):format(#list, program, #list))
  return facts, #list
end

describe("a merge that is killed together with its git", function()
  after_each(function()
    shell.remove(dir)
  end)

  it("is finished, wherever it was, in a tree that is checked out", function()
    local facts, count = everywhere("git", "", "main", points)
    assert.matches("^squashed\nfirst\n%x+\n%?%? notes\nmine\nSCREAM\n1\nmerge%.done\n"
      .. "merge%.intended\ncompleted\nverified\n$", facts)
    assert.is_true(count > 40, "only " .. count)
  end)

  it("is finished, wherever it was, where nobody looks at the target", function()
    local facts, count = everywhere("neap", "refs/heads/main", "topic", points)
    assert.matches("^squashed\nfirst\n", facts)
    assert.is_true(count >= 4, "only " .. count)
  end)

  it("is finished though going on with it is killed too", function()
    everywhere("git", "", "main", pairs_of)
  end)

  it("waits for a process that may hold what is in the way", function()
    place("main")
    local _, out = shell.run(dir, "cp -a template held; cd held; git status; export "
      .. words("git", ".git/HEAD.lock") .. "\n" .. [[
      LD_PRELOAD=$CRASH NEAP_CRASH_AT=1 NEAP_CRASH_WHEN=after "$NEAP" run .git/land.lua
      [ -e .git/HEAD.lock ] || exit 1
      sleep 1 <.git/HEAD.lock & "$NEAP" run .git/land.lua >../out || exit 2
      grep HEAD.lock.*sleep ../out >/dev/null || cat ../out
      sh ../facts.sh]])
    assert.matches("squashed\nfirst\n%x+\n%?%? notes\n", out)
    assert.matches("\n1\nmerge.done\nmerge.intended\ncompleted\nverified\n$", out)
  end)
end)
