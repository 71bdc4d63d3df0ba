local await = require "spec.support.await"
local guard = require "spec.support.guard"
local native = require "neap.native"
local repository = require "spec.support.repository"


local git = await.git

local function it_runs(name, fn)
  it(name, function()
    await.run(guard.loop(), fn)
  end)
end

local sh, write, read = repository.sh, repository.write, repository.read

describe("native.git #git", function()
  guard.watch(before_each, after_each)
  after_each(repository.remove_all)

  describe("open", function()
    it_runs("names the branch, its commit and the folders", function()
      local dir = repository.new()
      os.execute("mkdir " .. dir .. "/sub")
      local at = assert(git("open", { path = dir .. "/sub" }))
      assert.equal(dir, at.root)
      assert.equal(dir .. "/.git", at.common_dir)
      assert.equal("main", at.head_branch)
      assert.equal(sh(dir, "git rev-parse HEAD"), at.head)
      assert.equal("branch", at.state)
      assert.is_false(at.bare)
    end)

    it_runs("names a branch that has no commit yet", function()
      local at = assert(git("open", { path = repository.new { empty = true } }))
      assert.same({ "main", "unborn" }, { at.head_branch, at.state })
      assert.is_nil(at.head)
    end)

    it_runs("names a detached head", function()
      local dir = repository.new()
      sh(dir, "git checkout -q --detach")
      local at = assert(git("open", { path = dir }))
      assert.equal("detached", at.state)
      assert.is_nil(at.head_branch)
      assert.equal(40, #at.head)
    end)

    it_runs("knows a bare repository, which has no root", function()
      local dir = repository.new { bare = true }
      local at = assert(git("open", { path = dir }))
      assert.is_true(at.bare)
      assert.is_nil(at.root)
    end)

    it_runs("says that a folder is in no repository", function()
      local at, err = git("open", { path = repository.folder() })
      assert.is_nil(at)
      assert.equal("not_found", err.code)
      assert.matches("is not in a git repository", err.message)
    end)

    it_runs("says whose repository it is and how to trust it", function()
      local dir = repository.new()
      if not pcall(sh, dir, "chown -R 12345 .") then
        return pending("only root can give a folder away")
      end
      local _, err = git("open", { path = dir })
      assert.equal("read_only", err.code)
      assert.matches("belongs to another user", err.message)
      assert.matches("safe.directory " .. dir, err.message, 1, true)
    end)
  end)

  describe("status", function()
    it_runs("tells what differs, in one word each", function()
      local dir = repository.new()
      write(dir, "gone", "x")
      write(dir, ".gitignore", "*.log\n")
      repository.commit(dir, "second")
      assert.same({ clean = true, entries = {} }, git("status", { path = dir }))
      write(dir, "a", "two\n")
      write(dir, "new", "n")
      write(dir, "staged", "s")
      write(dir, "x.log", "ignored")
      sh(dir, "rm gone; git add staged")
      assert.same({
        clean = false,
        entries = {
          { path = "a", status = "modified" },
          { path = "gone", status = "deleted" },
          { path = "new", status = "untracked" },
          { path = "staged", status = "added" },
        },
      }, git("status", { path = dir }))
    end)

    it_runs("never falls back to the repository around a broken tree", function()
      local dir = repository.new()
      sh(dir, "mkdir -p sub")
      local result, err = git("status", { path = dir .. "/sub" })
      assert.is_nil(result)
      assert.equal("not_found", err.code)
    end)

    it_runs("says that a bare repository has no working tree", function()
      local _, err = git("status", { path = repository.new { bare = true } })
      assert.equal("invalid", err.code)
      assert.matches("no working tree", err.message)
    end)
  end)

  describe("commit", function()
    it_runs("takes everything that is not ignored", function()
      local dir = repository.new()
      write(dir, ".gitignore", "*.log\n")
      write(dir, "x.log", "ignored")
      write(dir, "new", "n")
      sh(dir, "rm a")
      local done = assert(git("commit", {
        path = dir, message = "second\n\nbody\n", author_name = "Bo", author_email = "bo@x.org",
      }))
      assert.is_true(done.changed)
      assert.equal(sh(dir, "git rev-parse HEAD"), done.oid)
      assert.equal(".gitignore\nnew", sh(dir, "git ls-tree --name-only HEAD"))
      assert.equal("Bo <bo@x.org> second", sh(dir, "git log -1 --format='%an <%ae> %s'"))
      assert.equal("", sh(dir, "git status --porcelain"))
    end)

    it_runs("commits nothing when nothing changed", function()
      local dir = repository.new()
      local done = assert(git("commit", { path = dir, message = "again" }))
      assert.is_false(done.changed)
      assert.equal(sh(dir, "git rev-parse HEAD"), done.oid)
    end)

    it_runs("takes only what is staged when all is false", function()
      local dir = repository.new()
      write(dir, "in", "i")
      write(dir, "out", "o")
      sh(dir, "git add in")
      git("commit", { path = dir, message = "some", all = false })
      assert.equal("?? out", sh(dir, "git status --porcelain"))
    end)

    it_runs("makes the first commit of a repository", function()
      local dir = repository.new { empty = true }
      write(dir, "a", "1")
      local done = assert(git("commit", { path = dir, message = "first" }))
      assert.equal(done.oid, sh(dir, "git rev-parse main"))
    end)
  end)

  describe("index_tree", function()
    it_runs("tells the tree of an index, and one that is not whole", function()
      local dir = repository.new()
      local file = dir .. "/.git/index"
      local tree = sh(dir, "git rev-parse HEAD^{tree}")
      assert.same({ whole = true, tree = tree },
        assert(git("index_tree", { repo = dir, file = file })))
      sh(dir, "head -c -1 .git/index >.git/half; : >.git/empty")
      for _, name in ipairs { "half", "empty", "nowhere" } do
        assert.same({ whole = false },
          assert(git("index_tree", { repo = dir, file = dir .. "/.git/" .. name })), name)
      end
    end)
  end)

  describe("merge_trees", function()
    local function forked(ours, theirs)
      local dir = repository.new()
      write(dir, "b", "b\n")
      local base = repository.commit(dir, "base")
      sh(dir, "git checkout -q -b topic")
      theirs(dir)
      repository.commit(dir, "theirs")
      sh(dir, "git checkout -q main")
      ours(dir)
      repository.commit(dir, "ours")
      return dir, base
    end

    it_runs("merges in memory and touches nothing", function()
      local dir, base = forked(function(d)
        write(d, "a", "ours\n")
      end, function(d)
        write(d, "b", "theirs\n")
      end)
      local before = sh(dir, "git status --porcelain; git for-each-ref")
      local result = assert(git("merge_trees", { repo = dir, ours = "main", theirs = "topic" }))
      assert.equal(base, result.base)
      assert.is_nil(result.conflicts)
      assert.equal("ours", sh(dir, "git show " .. result.tree .. ":a"))
      assert.equal("theirs", sh(dir, "git show " .. result.tree .. ":b"))
      assert.equal(before, sh(dir, "git status --porcelain; git for-each-ref"))
    end)

    it_runs("lists the paths that conflict, each once", function()
      local dir = forked(function(d)
        write(d, "a", "ours\n")
        write(d, "b", "ours\n")
      end, function(d)
        write(d, "a", "theirs\n")
        sh(d, "rm b")
      end)
      local result = assert(git("merge_trees", { repo = dir, ours = "main", theirs = "topic" }))
      assert.same({ "a", "b" }, result.conflicts)
      assert.is_nil(result.tree)
    end)
  end)

  describe("update_ref", function()
    it_runs("moves a ref only from the value it is expected to have", function()
      local dir = repository.new()
      local first = sh(dir, "git rev-parse HEAD")
      write(dir, "a", "2")
      local second = repository.commit(dir, "second")
      local ref = "refs/heads/x"
      assert(git("update_ref", { repo = dir, ref = ref, to = first, expect = "" }))
      assert(git("update_ref", { repo = dir, ref = ref, to = second, expect = first }))
      for _, expect in ipairs { "", first } do
        local ok, err = git("update_ref", { repo = dir, ref = ref, to = first, expect = expect })
        assert.is_nil(ok)
        assert.equal("conflict", err.code)
      end
      assert.equal(second, sh(dir, "git rev-parse x"))
    end)

    it_runs("deletes a ref only at the value it is expected to have", function()
      local dir = repository.new()
      local head = sh(dir, "git rev-parse HEAD")
      write(dir, "a", "2")
      local ask = { repo = dir, ref = "refs/neap/x", to = head, expect = "" }
      assert(git("update_ref", ask))
      ask.to, ask.expect = "", repository.commit(dir, "second")
      assert.equal("conflict", select(2, git("update_ref", ask)).code)
      ask.expect = head
      assert(git("update_ref", ask))
      assert.equal("conflict", select(2, git("update_ref", ask)).code)
      assert.equal("", sh(dir, "git for-each-ref refs/neap"))
    end)

    it_runs("lets exactly one of many win", function()
      local dir = repository.new()
      local first = sh(dir, "git rev-parse HEAD")
      local won, lost = 0, 0
      local racers = {}
      for i = 1, 20 do
        racers[i] = function()
          local made = assert(git("commit_tree", {
            repo = dir, tree = first, parents = { first }, message = "racer " .. i,
          }))
          local ok, err = git("update_ref", {
            repo = dir, ref = "refs/heads/main", to = made.oid, expect = first,
          })
          won = won + (ok and 1 or 0)
          lost = lost + (err and err.code == "conflict" and 1 or 0)
        end
      end
      await.all(unpack(racers))
      assert.same({ 1, 19 }, { won, lost })
    end)

    it_runs("waits for another program's lock, then says busy", function()
      local dir = repository.new()
      local head = sh(dir, "git rev-parse HEAD")
      write(dir, ".git/refs/heads/x.lock", "")
      local ask = { repo = dir, ref = "refs/heads/x", to = head, expect = "" }
      os.execute("(sleep 0.2; rm " .. dir .. "/.git/refs/heads/x.lock) &")
      assert(git("update_ref", ask))
    end)
  end)

  describe("branches", function()
    it_runs("are created once and deleted as often as one likes", function()
      local dir = repository.new()
      assert(git("branch", { repo = dir, name = "x", at = "main" }))
      local _, err = git("branch", { repo = dir, name = "x" })
      assert.equal("exists", err.code)
      assert(git("branch", { repo = dir, name = "x", force = true }))
      assert.is_true(git("delete_branch", { repo = dir, name = "x" }).deleted)
      assert.is_false(git("delete_branch", { repo = dir, name = "x" }).deleted)
    end)

    it_runs("that are checked out stay", function()
      local dir = repository.new()
      local _, err = git("delete_branch", { repo = dir, name = "main" })
      assert.equal("conflict", err.code)
    end)
  end)

  describe("reset_hard", function()
    it_runs("goes back to a commit, cleans, and keeps what is ignored", function()
      local dir = repository.new()
      write(dir, ".gitignore", "*.log\n")
      local second = repository.commit(dir, "second")
      write(dir, "a", "changed")
      write(dir, "x.log", "ignored")
      sh(dir, "mkdir -p d/e; touch d/e/f; git add d; touch d/g; git init -q nested; touch nested/h")
      write(dir, ".git/index.lock", "")
      local done = assert(git("reset_hard", { path = dir, to = "HEAD" }))
      assert.equal(second, done.oid)
      assert.equal("", sh(dir, "git status --porcelain"))
      assert.equal("ignored", read(dir, "x.log"))
      assert.equal(".\n..\n.git\n.gitignore\na\nx.log", sh(dir, "ls -a"))
    end)

    it_runs("takes away the locks that a killed git left on the tree and its branch", function()
      local dir = repository.new()
      sh(dir, "touch .git/index.lock .git/HEAD.lock .git/refs/heads/main.lock")
      assert(git("reset_hard", { path = dir, to = "HEAD", branch = "main" }))
      assert.equal("", sh(dir, "find .git -name '*.lock'"))
    end)

    it_runs("puts a head that strayed back on its branch", function()
      local dir = repository.new()
      local first = sh(dir, "git rev-parse HEAD")
      write(dir, "a", "2")
      repository.commit(dir, "second")
      sh(dir, "git checkout -q --detach")
      write(dir, "a", "3")
      repository.commit(dir, "strayed")
      assert(git("reset_hard", { path = dir, to = first, branch = "main" }))
      assert.equal("main", sh(dir, "git symbolic-ref --short HEAD"))
      assert.equal(first, sh(dir, "git rev-parse main"))
      assert.equal("one\n", read(dir, "a"))
    end)
  end)

  describe("diff", function()
    it_runs("gives the patch and counts the lines of each file", function()
      local dir = repository.new()
      write(dir, "long", ("line\n"):rep(30))
      local from = repository.commit(dir, "from")
      write(dir, "a", "two\nthree\n")
      sh(dir, "git mv long moved")
      write(dir, "new", "n\n")
      write(dir, "bytes", "\0\1\2")
      repository.commit(dir, "to")
      local diff = assert(git("diff", { repo = dir, from = from, to = "HEAD" }))
      assert.same({
        { path = "a", status = "modified", added = 2, removed = 1 },
        { path = "bytes", status = "added", added = 0, removed = 0 },
        { path = "moved", from = "long", status = "renamed", added = 0, removed = 0 },
        { path = "new", status = "added", added = 1, removed = 0 },
      }, diff.files)
      assert.equal(sh(dir, "git diff -M " .. from .. " HEAD") .. "\n", diff.patch)
    end)
  end)

  describe("worktrees", function()
    it_runs("lists the main one first, and what became of each", function()
      local dir = repository.new()
      sh(dir, "git worktree add -q -b x ../" .. dir:match("[^/]+$") .. "/w1")
      sh(dir, "git worktree add -q --detach w2; rm -r w2")
      sh(dir, "git worktree add -q --no-checkout -b y w3")
      local rows = assert(git("worktrees", { repo = dir .. "/w1" })).worktrees
      local head = sh(dir, "git rev-parse HEAD")
      local function row(name, branch, valid, ready)
        return { name = name, path = dir .. "/" .. name, branch = branch, head = head,
          valid = valid, ready = ready, locked = false }
      end
      assert.same({
        { main = true, path = dir, branch = "main", head = head, valid = true, ready = true,
          locked = false },
        row("w1", "x", true, true),
        row("w2", nil, false, true),
        row("w3", "y", true, false),
      }, rows)
    end)
  end)

  describe("exclude", function()
    it_runs("adds a pattern once, on a line of its own", function()
      local dir = repository.new()
      write(dir, ".git/info/exclude", "*.o")
      assert.is_true(git("exclude", { repo = dir, pattern = "/.neap/" }).added)
      assert.is_false(git("exclude", { repo = dir, pattern = "/.neap/" }).added)
      assert.equal("*.o\n/.neap/\n", read(dir, ".git/info/exclude"))
      sh(dir, "rm -r .git/info")
      assert.is_true(git("exclude", { repo = dir, pattern = "/.neap/" }).added)
    end)
  end)

  describe("without an identity", function()
    it("signs as neap", function()
      local dir = repository.new()
      write(dir, "new", "n")
      local clean = "env -i HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null "
      sh(".", clean .. os.getenv("NEAP") .. " lua spec/support/commit.lua " .. dir)
      assert.equal("neap <neap@localhost>", sh(dir, "git log -1 --format='%cn <%ce>'"))
    end)
  end)

  it_runs("says that the disk is full or read only, and loses nothing", function()
    local dir = repository.folder()
    if not pcall(sh, dir, "mount -t tmpfs -o size=400k none .") then
      return pending("only root can make a small disk")
    end
    sh(dir, "git init -q -b main .")
    write(dir, "a", "one\n")
    local head = repository.commit(dir, "first")
    sh(dir, "head -c 200k /dev/urandom >big")
    local codes = {}
    for _, state in ipairs { "rw", "ro" } do
      sh(dir, "mount -o remount," .. state .. " .")
      codes[state] = select(2, git("commit", { path = dir, message = "m" })).code
      assert.equal(head, git("open", { path = dir }).head)
    end
    sh("/", "umount " .. dir)
    assert.same({ rw = "no_space", ro = "read_only" }, codes)
  end)

  it("is answered from the loop, in the simulated world too", function()
    local dir = repository.new()
    for _, loop in ipairs { guard.loop(), guard.loop(native.sim.new { seed = 1 }) } do
      local is_inside = true
      assert.is_true(native.git.call(loop, "open", { path = dir }, guard.once(function(at)
        assert.equal(dir, at.root)
        assert.is_false(is_inside)
      end)))
      is_inside = false
      loop:run()
    end
  end)

  it("is not answered when the loop is closed first", function()
    local dir = repository.new()
    local loop = guard.loop()
    for _ = 1, 20 do
      native.git.call(loop, "status", { path = dir }, guard.never())
    end
    loop:close()
    collectgarbage()
  end)

  it("raises on misuse and names the option", function()
    local function call(verb, opts)
      return function()
        native.git.call(guard.loop(), verb, opts, function() end)
      end
    end
    assert.error_matches(call("opne", {}), 'git has no verb "opne"')
    assert.error_matches(call("open", {}), "opts.path: git open needs it")
    assert.error_matches(call("open", { pth = "." }), 'unknown option "pth" %(did you mean "path"')
    assert.error_matches(call("open", { path = 1 }), "opts.path: expected a string, got number")
    assert.error_matches(
      call("commit_tree", { repo = ".", tree = "t", message = "m", parents = { 1 } }),
      "opts.parents%[1%]: expected a string, got number"
    )
  end)
end)
