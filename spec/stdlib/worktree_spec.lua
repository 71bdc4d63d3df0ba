local await = require "spec.support.await"
local guard = require "spec.support.guard"
local place = require "neap.worktree.place"
local repository = require "spec.support.repository"
local worktree = require "neap.worktree"

local trees = worktree.new(await.git, await.exec)
local sh, write, read = repository.sh, repository.write, repository.read

local function it_runs(name, fn)
  it(name, function()
    await.run(guard.loop(), fn)
  end)
end

describe("a worktree #git", function()
  guard.watch(before_each, after_each)
  after_each(repository.remove_all)

  it_runs("is made on its own branch off a recorded base; the user's tree stays clean", function()
    local repo = repository.new()
    local base = sh(repo, "git rev-parse HEAD")
    local made = assert(trees:ensure { repo = repo, name = "lint" })
    assert.same({
      name = "lint", path = repo .. "/.neap/worktrees/lint", branch = "neap/lint", base = base,
      head = base,
    }, made)
    assert.equal("neap/lint", sh(made.path, "git symbolic-ref --short HEAD"))
    assert.equal("one\n", read(made.path, "a"))
    assert.equal("", sh(repo, "git status --porcelain"))
  end)

  it_runs("is found again with what was done in it, and keeps its base", function()
    local repo = repository.new()
    local first = assert(trees:ensure { repo = repo, name = "x" })
    write(first.path, "a", "work")
    local head = repository.commit(first.path, "work")
    write(first.path, "b", "not committed")
    write(repo, "a", "main moved on")
    repository.commit(repo, "on main")
    local again = assert(trees:ensure { repo = repo, name = "x", base = "main" })
    assert.same({ true, first.base, head }, { again.adopted, again.base, again.head })
    assert.equal("not committed", read(again.path, "b"))
  end)

  it_runs("is the same one from another worktree, and in a bare repository", function()
    local repo = repository.new()
    sh(repo, "git worktree add -q -b side side; git clone -q --bare . bare")
    local made = assert(trees:ensure { repo = repo .. "/side", name = "x" })
    assert.equal(repo .. "/.neap/worktrees/x", made.path)
    assert.is_true(trees:ensure { repo = repo, name = "x" }.adopted)
    local bare = assert(trees:ensure { repo = repo .. "/bare", name = "x" })
    assert.equal(repo .. "/bare/neap/worktrees/x", bare.path)
    assert.equal("one\n", read(bare.path, "a"))
  end)

  it_runs("says first why git would not make it", function()
    local repo = repository.new()
    sh(repo, "git branch neap")
    local _, err = trees:ensure { repo = repo, name = "x" }
    assert.matches("^fatal: cannot lock ref .+ %(flock .+ %-C .+ worktree add .+%)$",
      err.message)
  end)

  it_runs("runs the checkout hook", function()
    local repo = repository.new()
    write(repo, ".git/hooks/post-checkout", "#!/bin/sh\ntouch hooked\n")
    sh(repo, "chmod +x .git/hooks/post-checkout")
    local made = assert(trees:ensure { repo = repo, name = "x" })
    assert.equal("", read(made.path, "hooked"))
  end)

  it("takes any name, and different names stay different", function()
    local seen = {}
    for _, name in ipairs {
      "e2e[shard=1]", "e2e[shard=2]", "a/b", "a+2Fb", "..", ".x", "-x", "x.lock", "x.", "a..b",
      "a...b", "ü y",
    } do
      local slug = place.slug(name)
      assert.equal(name, place.name(slug))
      assert.is_nil(seen[slug])
      seen[slug] = true
      sh(".", "git check-ref-format --branch neap/" .. slug)
    end
  end)

  it_runs("that was removed by hand is made again, with its branch", function()
    local repo = repository.new()
    local made = assert(trees:ensure { repo = repo, name = "x" })
    write(made.path, "a", "work")
    local head = repository.commit(made.path, "work")
    sh(repo, "rm -r .neap")
    assert.is_true(trees:list(repo)[1].orphan)
    local again = assert(trees:ensure { repo = repo, name = "x" })
    assert.same({ head, made.base }, { again.head, again.base })
    assert.equal("work", read(again.path, "a"))
  end)

  it_runs("whose checkout was killed half way is made whole", function()
    local repo = repository.new()
    write(repo, ".gitattributes", "z filter=kill\n")
    write(repo, "z", "last")
    repository.commit(repo, "files")
    sh(repo, "setsid -w git -c filter.kill.smudge='kill -9 0' worktree add -q -b neap/x "
      .. ".neap/worktrees/x || true; touch .git/refs/heads/neap/x.lock")
    assert.equal("initializing", sh(repo, "cat .git/worktrees/x/locked"))
    assert.is_true(trees:list(repo)[1].orphan)
    local made = assert(trees:ensure { repo = repo, name = "x" })
    assert.equal("", sh(made.path, "git status --porcelain"))
    assert.equal("neap/x", sh(made.path, "git symbolic-ref --short HEAD"))
    assert.equal("last", read(made.path, "z"))
  end)

  it_runs("that was registered but never checked out is made whole", function()
    local repo = repository.new()
    sh(repo, "git worktree add -q --no-checkout -b neap/x .neap/worktrees/x")
    sh(repo, "touch .git/worktrees/x/index.lock")
    local made = assert(trees:ensure { repo = repo, name = "x" })
    assert.equal("", sh(made.path, "git status --porcelain"))
  end)

  it_runs("moves what stands in its way aside and says where", function()
    local repo = repository.new()
    sh(repo, "mkdir -p .neap/worktrees/x")
    write(repo, ".neap/worktrees/x/precious", "p")
    local made = assert(trees:ensure { repo = repo, name = "x" })
    assert.equal("p", read(made.lost, "x/precious"))
    assert.equal("one\n", read(made.path, "a"))
    sh(made.path, "rm .git")
    local again = assert(trees:ensure { repo = repo, name = "x" })
    assert.equal("one\n", read(again.lost, "x/a"))
    assert.is_nil(again.adopted)
  end)

  it_runs("whose head strayed is put back on its branch", function()
    local repo = repository.new()
    local made = assert(trees:ensure { repo = repo, name = "x" })
    sh(made.path, "git checkout -q --detach")
    assert(trees:ensure { repo = repo, name = "x" })
    assert.equal("neap/x", sh(made.path, "git symbolic-ref --short HEAD"))
  end)

  it_runs("is reset: committed work stays, the rest goes, what is ignored stays", function()
    local repo = repository.new()
    local made = assert(trees:ensure { repo = repo, name = "x" })
    write(made.path, ".gitignore", "cache\n")
    local head = repository.commit(made.path, "work")
    write(made.path, "a", "half")
    write(made.path, "junk", "j")
    write(made.path, "cache", "c")
    assert.equal(head, assert(trees:reset(made.path)).oid)
    assert.equal("", sh(made.path, "git status --porcelain"))
    assert.same({ "one\n", "c" }, { read(made.path, "a"), read(made.path, "cache") })
    assert.equal(made.base, assert(trees:reset(made.path, made.base, "neap/x")).oid)
    assert.equal(made.base, sh(repo, "git rev-parse neap/x"))
  end)

  it_runs("keeps a sparse repository sparse, and deletes nothing it leaves out", function()
    local repo = repository.new()
    sh(repo, "mkdir in out; echo 1 >in/a; echo 1 >out/b")
    repository.commit(repo, "folders")
    sh(repo, "git sparse-checkout set in")
    local made = assert(trees:ensure { repo = repo, name = "x" })
    assert.same({ clean = true, entries = {} }, await.git("status", { path = made.path }))
    write(made.path, "in/a", "2")
    for _, all in ipairs { true, false } do
      local commit = all and trees.commit or function(_, opts)
        return await.git("commit", opts)
      end
      write(made.path, "in/new", tostring(all))
      assert.is_true(assert(commit(trees, { path = made.path, message = "m" })).changed)
      assert.equal("a\nin/a\nin/new\nout/b", sh(made.path, "git ls-tree -r --name-only HEAD"))
    end
    write(made.path, "in/a", "half")
    assert(trees:reset(made.path, made.base, "neap/x"))
    assert.same({ "1\n", nil }, { read(made.path, "in/a"), read(made.path, "out/b") })
    assert.equal("", sh(made.path, "git status --porcelain"))
  end)

  it_runs("commits through the repository's filters", function()
    local repo = repository.new()
    sh(repo, "git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z'")
    write(repo, ".gitattributes", "*.txt filter=up\n")
    repository.commit(repo, "filters")
    local made = assert(trees:ensure { repo = repo, name = "x" })
    write(made.path, "f.txt", "words")
    assert(trees:commit { path = made.path, message = "m", author_name = "Bo" })
    assert.equal("WORDS", sh(made.path, "git show HEAD:f.txt"))
    assert.equal("Bo", sh(made.path, "git log -1 --format=%an"))
    write(made.path, "f.txt", "half")
    assert(trees:reset(made.path))
    assert.equal("words", read(made.path, "f.txt"))
  end)

  it_runs("is removed with its branch and record, as often as one likes", function()
    local repo = repository.new()
    local made = assert(trees:ensure { repo = repo, name = "x" })
    write(made.path, "junk", "j")
    for _ = 1, 2 do
      assert.is_true(trees:remove { repo = repo, name = "x" })
      assert.same({}, trees:list(repo))
      assert.equal("refs/heads/main", sh(repo, "git for-each-ref --format='%(refname)'"))
      assert.is_nil(read(made.path, "a"))
    end
    made = assert(trees:ensure { repo = repo, name = "x" })
    sh(made.path, "rm .git")
    assert.is_true(trees:remove { repo = repo, name = "x", keep_branch = true })
    assert.equal("  neap/x", sh(repo, "git branch --list 'neap/*'"))
  end)

  it_runs("is removed though a killed git left its locks", function()
    local repo = repository.new()
    assert(trees:ensure { repo = repo, name = "x" })
    sh(repo, "touch .git/worktrees/x/index.lock .git/refs/heads/neap/x.lock "
      .. ".git/refs/neap/base/x.lock")
    assert.is_true(trees:remove { repo = repo, name = "x" })
    assert.equal("refs/heads/main", sh(repo, "git for-each-ref --format='%(refname)'"))
    assert.equal("", sh(repo, "find .git -name '*.lock'"))
  end)

  it_runs("is listed with the others", function()
    local repo = repository.new()
    for _, name in ipairs { "b[1]", "a" } do
      assert(trees:ensure { repo = repo, name = name })
    end
    sh(repo, "git worktree add -q -b other elsewhere")
    local rows = trees:list(repo)
    assert.same({ "a", "b[1]" }, { rows[1].name, rows[2].name })
    assert.equal(2, #rows)
    assert.same({ "neap/a", rows[1].head, false },
      { rows[1].branch, rows[1].base, rows[1].orphan })
  end)

  it_runs("needs a repository with a commit", function()
    local _, err = trees:ensure { repo = repository.folder(), name = "x" }
    assert.equal("not_found", err.code)
    _, err = trees:ensure { repo = repository.new { empty = true }, name = "x" }
    assert.matches("has no commit yet", err.message)
    _, err = trees:ensure { repo = repository.new { empty = true }, name = "x",
      base = "refs/heads/main" }
    assert.matches("has no branch main: make a commit there first", err.message, 1, true)
    _, err = trees:ensure { repo = repository.new(), name = "x", base = "nowhere" }
    assert.matches("nowhere", err.message)
  end)

  it("is made fifty times at once, by five processes", function()
    local repo = repository.new()
    local line = {}
    for i = 1, 5 do
      local names = ("%d-0 %d-1 %d-2 %d-3 %d-4 %d-5 %d-6 %d-7 %d-8 %d-9"):gsub("%%d", i)
      line[i] = ("%s lua spec/support/ensure.lua %s %s &"):format(os.getenv "NEAP", repo, names)
    end
    local output = sh(".", table.concat(line, " ") .. " wait")
    assert.equal(("made\n"):rep(50), output .. "\n")
    assert.equal("", sh(repo, "git status --porcelain"))
    await.run(guard.loop(), function()
      local rows = trees:list(repo)
      assert.equal(50, #rows)
      for _, row in ipairs(rows) do
        assert.is_false(row.orphan)
      end
    end)
  end)
end)
