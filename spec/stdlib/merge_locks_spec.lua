-- What a killed merge may have left is told from what is somebody's: locks, files, an index.
local await = require "spec.support.await"
local guard = require "spec.support.guard"
local repository = require "spec.support.repository"
local squash = require "neap.merge.squash"

local merge = squash.new(await.git, await.exec)
local sh, write, read = repository.sh, repository.write, repository.read

local function it_runs(name, fn)
  it(name, function()
    await.run(guard.loop(), fn)
  end)
end

---A repository where main, checked out, is about to get a commit; what `land` takes, as if a merge
---had begun five seconds ago and was killed. Tracked: a, b, e/c; the commit changes a and adds new.
local function begun(other)
  local repo = repository.new()
  sh(repo, "mkdir e; echo c >e/c; echo b >b")
  repository.commit(repo, "second")
  sh(repo, "git checkout -q -b topic; echo 'two and more' >a; echo new >new")
  repository.commit(repo, "third")
  sh(repo, "git checkout -q " .. (other or "main"))
  local plan = assert(merge:prepare { repo = repo, target = "main", branch = "topic" })
  local commit = assert(merge:commit {
    repo = repo, tree = plan.tree, head = plan.head, message = "squashed" })
  return { repo = repo, target = "main", expect = plan.head, commit = commit,
    since = (os.time() - 5) * 1000 }
end

local function is_done(land)
  assert.same({ landed = land.commit }, merge:land(land))
  assert.equal(land.commit, sh(land.repo, "git rev-parse main"))
  assert.equal("", sh(land.repo, "find .git -name '*.lock'"))
end

local function is_left(land, path, text)
  assert.equal(land.expect, sh(land.repo, "git rev-parse main"))
  assert.equal(text, read(land.repo, path))
end

---Starts `line` in `dir` and waits until `file` of the repository is there; call the result to kill
---all of it.
local function living(land, dir, line, file)
  local group = sh(dir, ("setsid sh -c %q >/dev/null 2>&1 </dev/null & echo $!"):format(line))
  sh(land.repo, ("i=0; until [ -s %s ] || [ $i = 500 ]; do sleep 0.01; i=$((i+1)); done; [ -s %s ]")
    :format(file, file))
  return function()
    sh(dir, "kill -KILL -" .. group)
  end
end

---The same merge again until those who were killed are gone.
local function is_done_soon(land)
  for _ = 1, 500 do
    local result, err = merge:land(land)
    if result then
      break
    end
    assert.equal("busy", err.code)
    sh(land.repo, "sleep 0.01")
  end
  is_done(land)
end

describe("the lock in the way of a merge that was killed #git", function()
  guard.watch(before_each, after_each)
  after_each(repository.remove_all)

  it_runs("goes when nobody holds it and it is as the merge leaves it", function()
    local land = begun()
    sh(land.repo, ([[: >.git/index.lock; : >.git/HEAD.lock; : >.git/refs/heads/main.lock
      printf %%.20s %s >.git/ORIG_HEAD.lock]]):format(land.expect))
    is_done(land)
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)

  it_runs("goes from a linked tree too", function()
    local land = begun("topic")
    local tree = repository.folder() .. "/tree"
    sh(land.repo, "git worktree add -q " .. tree .. " main; : >.git/worktrees/tree/index.lock")
    is_done(land)
    assert.equal("two and more\n", read(tree, "a"))
    assert.equal("", sh(tree, "git status --porcelain"))
  end)

  it_runs("goes where the merge is done already", function()
    local land = begun()
    sh(land.repo, ("git merge -q --ff-only %s; : >.git/HEAD.lock"):format(land.commit))
    is_done(land)
  end)

  it_runs("stays when no merge was begun", function()
    local land = begun()
    land.since = nil
    write(land.repo, ".git/index.lock", "")
    local result = assert(merge:land(land))
    assert.equal("dirty", result.waits)
    assert.matches("index.lock': File exists", result.message)
    is_left(land, ".git/index.lock", "")
  end)

  it_runs("stays when it is older than the merge", function()
    local land = begun()
    sh(land.repo, ": >.git/HEAD.lock; touch -d '1 minute ago' .git/HEAD.lock")
    local result = assert(merge:land(land))
    assert.equal("dirty", result.waits)
    assert.matches("HEAD.lock': File exists", result.message)
    is_left(land, ".git/HEAD.lock", "")
  end)

  it_runs("stays when it holds something else", function()
    local land = begun()
    write(land.repo, ".git/refs/heads/main.lock", land.expect .. "\n")
    local result = assert(merge:land(land))
    assert.equal("dirty", result.waits)
    assert.matches("main.lock': File exists", result.message)
    is_left(land, ".git/refs/heads/main.lock", land.expect .. "\n")
  end)

  it_runs("stays when it is a whole index of something else", function()
    local land = begun()
    sh(land.repo, [[cp .git/index keep; echo other >b; git add b; cp .git/index .git/index.lock
      mv keep .git/index; git checkout-index -f b; cp .git/index.lock .git/copy]])
    assert.equal("dirty", assert(merge:land(land)).waits)
    is_left(land, ".git/index.lock", read(land.repo, ".git/copy"))
  end)

  it_runs("stays when it is somebody else's where nobody looks at the target", function()
    local land = begun("topic")
    write(land.repo, ".git/refs/heads/main.lock", land.expect .. "\n")
    local _, err = merge:land(land)
    assert.equal("busy", err.code)
    is_left(land, ".git/refs/heads/main.lock", land.expect .. "\n")
    write(land.repo, ".git/refs/heads/main.lock", "")
    is_done(land)
  end)

  -- git closes a lock that it holds; only that it is there tells.
  local function transaction(land, git)
    return ("{ printf 'start\\nupdate refs/heads/main %s\\nprepare\\n'; exec sleep 60; } | "
      .. "exec %s update-ref --stdin"):format(land.commit, git)
  end

  local function of_living(name, where, git)
    it_runs("stays while a living git " .. name, function()
      local land = begun()
      local stop = living(land, where or land.repo, transaction(land, git:format(land.repo)),
        ".git/refs/heads/main.lock")
      local result, err = merge:land(land)
      local held = read(land.repo, ".git/refs/heads/main.lock")
      stop()
      assert.is_nil(result)
      assert.equal("busy", err.code)
      assert.matches("main.lock is in the way of the merge, and process %d+ %(git%) ",
        err.message)
      assert.equal(land.commit .. "\n", held)
      is_left(land, ".git/refs/heads/main.lock", held)
      is_done_soon(land)
    end)
  end

  of_living("works in the repository", nil, "git")
  of_living("names the repository", "/", "git --git-dir=%s/.git")
  of_living("has the repository in its environment", "/", "env GIT_DIR=%s/.git git")

  it_runs("stays while any process has it open", function()
    local land = begun()
    write(land.repo, ".git/index.lock", "")
    local stop = living(land, land.repo, "exec 9<.git/index.lock; echo >.git/open; exec sleep 60",
      ".git/open")
    local _, err = merge:land(land)
    stop()
    assert.equal("busy", err.code)
    is_left(land, ".git/index.lock", "")
    is_done_soon(land)
  end)
end)

describe("the tree of a merge that was killed #git", function()
  guard.watch(before_each, after_each)
  after_each(repository.remove_all)

  it_runs("is made whole when files are missing, half written or new", function()
    local land = begun()
    write(land.repo, "a", "")
    write(land.repo, "new", "")
    sh(land.repo, ": >.git/index.lock")
    is_done(land)
    assert.equal("two and more\nnew", sh(land.repo, "cat a new"))
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)

  local function keeps(what, path, before)
    it_runs("is left alone with " .. what, function()
      local land = begun()
      write(land.repo, "a", "")
      if before then
        sh(land.repo, before)
      else
        write(land.repo, path, "two and mine\n")
      end
      local state = sh(land.repo, "git status --porcelain; cat a b new 2>&1 || :")
      assert.equal("dirty", assert(merge:land(land)).waits)
      assert.equal(state, sh(land.repo, "git status --porcelain; cat a b new 2>&1 || :"))
      assert.equal(land.expect, sh(land.repo, "git rev-parse main"))
    end)
  end

  keeps("an edit of a file that the merge changes", "a")
  keeps("an edit of another file", "b")
  keeps("a file in the place of a new one", "new")
  keeps("a change that is staged", nil, "echo mine >b; git add b")

  it_runs("gets its branch when the index is there, and an edit stays", function()
    local land = begun()
    sh(land.repo, ("git read-tree -m -u %s; : >.git/HEAD.lock; printf '%%s\\n' %s "
      .. ">.git/refs/heads/main.lock"):format(land.commit, land.commit))
    write(land.repo, "b", "mine\n")
    write(land.repo, ".git/hooks/post-merge", "#!/bin/sh\necho $1 >.git/hooked\n")
    sh(land.repo, "chmod +x .git/hooks/post-merge")
    is_done(land)
    assert.equal(" M b", sh(land.repo, "git status --porcelain"))
    assert.equal("mine\n", read(land.repo, "b"))
    assert.equal("0\n", read(land.repo, ".git/hooked"))
  end)

  it_runs("is made whole with the ends of lines that it has", function()
    local land = begun()
    sh(land.repo, "git config core.autocrlf true; rm a b e/c; git reset -q --hard")
    assert.equal("b\r\n", read(land.repo, "b"))
    write(land.repo, "a", "")
    sh(land.repo, ": >.git/index.lock")
    is_done(land)
    assert.equal("two and more\r\n", read(land.repo, "a"))
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)

  it_runs("is made whole as far as it is there: it may be sparse", function()
    local land = begun()
    sh(land.repo, "git checkout -q topic; echo d >e/c; git rm -q b")
    repository.commit(land.repo, "fourth")
    sh(land.repo, "git checkout -q main; git sparse-checkout set --cone nothing")
    local plan = assert(merge:prepare { repo = land.repo, target = "main", branch = "topic" })
    land.commit = assert(merge:commit { repo = land.repo, tree = plan.tree, head = plan.head,
      message = "squashed" })
    write(land.repo, "a", "")
    sh(land.repo, "rm b; : >.git/index.lock")
    is_done(land)
    assert.equal("a\nnew", sh(land.repo, "ls"))
    assert.equal("", sh(land.repo, "git status --porcelain"))
    assert.equal("d", sh(land.repo, "git show :e/c"))
  end)

  it_runs("is made whole after git alone was killed", function()
    local land = begun()
    sh(land.repo, [[echo 'new filter=deadly' >.git/info/attributes
      git config filter.deadly.smudge 'kill -KILL $PPID']])
    local since = land.since
    land.since = nil
    local _, err = merge:land(land)
    assert.equal("killed", err.code)
    assert.matches("was ended by signal 9$", err.message)
    assert.equal("", read(land.repo, ".git/index.lock"))
    sh(land.repo, "git config filter.deadly.smudge cat")
    land.since = since
    is_done_soon(land)
    assert.equal("two and more\nnew", sh(land.repo, "cat a new"))
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)

  it_runs("does not follow a link out of it", function()
    local land = begun()
    local other = repository.folder()
    write(other, "c", "c\n")
    sh(land.repo, "git checkout -q topic; echo d >e/c")
    repository.commit(land.repo, "fourth")
    sh(land.repo, "git checkout -q main; rm -r e; ln -s " .. other .. " e")
    local plan = assert(merge:prepare { repo = land.repo, target = "main", branch = "topic" })
    land.commit = assert(merge:commit { repo = land.repo, tree = plan.tree, head = plan.head,
      message = "squashed" })
    merge:land(land)
    assert.equal("c\n", read(other, "c"))
  end)

  ---Like begun, with what `line` makes of topic as its last commit.
  local function changed(before, line)
    local land = begun()
    sh(land.repo, "git merge -q --ff-only topic; " .. before)
    repository.commit(land.repo, "before")
    sh(land.repo, "git checkout -q -B topic; " .. line)
    repository.commit(land.repo, "after")
    sh(land.repo, "git checkout -q main")
    local plan = assert(merge:prepare { repo = land.repo, target = "main", branch = "topic" })
    land.expect = plan.head
    land.commit = assert(merge:commit { repo = land.repo, tree = plan.tree, head = plan.head,
      message = "squashed" })
    return land
  end

  it_runs("is made whole when a file was cut at the end of a block", function()
    for _, crlf in ipairs { "false", "true" } do
      local land = changed("echo one >a; git config core.autocrlf " .. crlf, "seq 2000 >a")
      sh(land.repo, ("git cat-file --filters %s:a | head -c 4096 >a; : >.git/index.lock"):format(
        land.commit))
      is_done(land)
      assert.equal("", sh(land.repo, "git status --porcelain"))
    end
  end)

  it_runs("is left alone when somebody has shortened a file", function()
    local land = changed("seq 9 >a", "seq 12 >a")
    for _, count in ipairs { 5, 8 } do
      sh(land.repo, "seq " .. count .. " >a")
      assert.equal("dirty", assert(merge:land(land)).waits)
      assert.equal(tostring(count), sh(land.repo, "tail -n 1 a"))
    end
  end)

  it_runs("is left alone when somebody has made a file executable", function()
    local land = changed("echo one >a", "echo two >a")
    sh(land.repo, "chmod +x a")
    assert.equal("dirty", assert(merge:land(land)).waits)
    sh(land.repo, "test -x a")
  end)

  it_runs("is told from what somebody has, whatever the file is called", function()
    local land = changed("echo one >-; echo one >'*'", "echo two >-; echo two >'*'")
    for _, name in ipairs { "-", "*" } do
      write(land.repo, name, "mine\n")
      assert.equal("dirty", assert(merge:land(land)).waits)
      assert.equal("mine\n", read(land.repo, name))
      sh(land.repo, ("git checkout -q -- './%s'"):format(name))
    end
    is_done(land)
  end)

  it_runs("is made whole, whatever the files are called", function()
    local land = changed("echo z >z", [[ln -s a -- -l; echo >-n; echo >'a b'; echo >'?"'; echo >'
x'; echo >=]])
    sh(land.repo, [[ln -s a -- -l; : >-n; : >'a b'; : >'?"'; : >'
x'; : >=; : >.git/index.lock]])
    is_done(land)
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)

  it_runs("keeps a repository that is in the place of a file", function()
    local land = changed("echo one >r", "echo two >r")
    sh(land.repo, "rm r; git init -q r; find r | sort >.git/before")
    merge:land(land)
    assert.equal("", sh(land.repo, "find r | sort | diff .git/before - || :"))
  end)

  it_runs("is made whole where a file became a folder", function()
    local land = changed("echo one >f", "rm f; mkdir -p f/d; echo >f/c; echo >f/d/e")
    sh(land.repo, "rm f; mkdir -p f/d; : >f/c; : >.git/index.lock")
    is_done(land)
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)

  it_runs("is made whole when it has more files than one shell looks at", function()
    local line = "mkdir m; (cd m; seq 250 | xargs %s)"
    local land = changed("echo z >z", line:format("touch"))
    sh(land.repo, line:format("touch") .. "; : >.git/index.lock")
    is_done(land)
    assert.equal("", sh(land.repo, "git status --porcelain"))
  end)
end)
