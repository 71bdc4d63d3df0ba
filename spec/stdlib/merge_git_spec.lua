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

---A repository with branch topic, two commits ahead of main; HEAD is on main.
local function forked()
  local repo = repository.new()
  sh(repo, "git checkout -q -b topic")
  write(repo, "new", "1")
  repository.commit(repo, "one")
  write(repo, "new", "2")
  repository.commit(repo, "two")
  sh(repo, "git checkout -q main")
  return repo
end

---Prepares and commits; returns what `land` takes.
local function ready(repo)
  local plan = assert(merge:prepare { repo = repo, target = "main", branch = "topic" })
  local commit = assert(merge:commit {
    repo = repo, tree = plan.tree, head = plan.head, message = "topic, squashed",
    author_name = "Bo", author_email = "bo@x.org",
  })
  return { repo = repo, target = "main", expect = plan.head, commit = commit }
end

local function log(repo)
  return sh(repo, "git log --format=%s main")
end

describe("a squash merge #git", function()
  guard.watch(before_each, after_each)
  after_each(repository.remove_all)

  it_runs("is prepared without touching a ref or a file", function()
    local repo = forked()
    local before = sh(repo, "git for-each-ref; git status --porcelain")
    local plan = assert(merge:prepare { repo = repo, target = "main", branch = "topic" })
    assert.equal(sh(repo, "git rev-parse main"), plan.head)
    assert.equal(plan.head, plan.base)
    assert.equal(sh(repo, "git rev-parse topic"), plan.tip)
    assert.equal(sh(repo, "git rev-parse topic^{tree}"), plan.tree)
    assert.equal(before, sh(repo, "git for-each-ref; git status --porcelain"))
  end)

  it_runs("lands as one commit on a target nobody looks at", function()
    local repo = forked()
    sh(repo, "git checkout -q topic")
    local land = ready(repo)
    assert.same({ landed = land.commit }, merge:land(land))
    assert.equal("topic, squashed\nfirst", log(repo))
    assert.equal("Bo", sh(repo, "git log -1 --format=%an main"))
    assert.equal("", sh(repo, "git status --porcelain"))
  end)

  it_runs("moves a clean checked-out target together with its files", function()
    local repo = forked()
    write(repo, "notes", "untracked and left alone")
    local land = ready(repo)
    assert.same({ landed = land.commit }, merge:land(land))
    assert.equal("2", read(repo, "new"))
    assert.equal("?? notes", sh(repo, "git status --porcelain"))
  end)

  it_runs("waits for a target with changes and touches nothing", function()
    local repo = forked()
    local land = ready(repo)
    write(repo, "a", "being edited")
    local result = assert(merge:land(land))
    assert.same({ "dirty", repo }, { result.waits, result.path })
    assert.equal("first", log(repo))
    assert.equal("being edited", read(repo, "a"))
    sh(repo, "git checkout -q a")
    assert.same({ landed = land.commit }, merge:land(land))
  end)

  it_runs("waits when an untracked file would be overwritten", function()
    local repo = forked()
    local land = ready(repo)
    write(repo, "new", "mine")
    local result = assert(merge:land(land))
    assert.equal("dirty", result.waits)
    assert.matches("overwritten by merge", result.message)
    assert.equal("mine", read(repo, "new"))
    assert.equal("first", log(repo))
  end)

  it_runs("names the files in conflict and leaves everything as it was", function()
    local repo = forked()
    write(repo, "new", "main's own")
    repository.commit(repo, "clash")
    local before = sh(repo, "git for-each-ref; git status --porcelain")
    local plan = assert(merge:prepare { repo = repo, target = "main", branch = "topic" })
    assert.same({ "new" }, plan.conflicts)
    assert.is_nil(plan.tree)
    assert.equal(before, sh(repo, "git for-each-ref; git status --porcelain"))
  end)

  it_runs("refuses a target that moved, and goes through when prepared again", function()
    local repo = forked()
    local land = ready(repo)
    write(repo, "a", "main moved")
    repository.commit(repo, "other")
    local result, err = merge:land(land)
    assert.is_nil(result)
    assert.equal("conflict", err.code)
    assert(merge:land(ready(repo)))
    assert.equal("topic, squashed\nother\nfirst", log(repo))
    assert.same({ "main moved", "2" }, { read(repo, "a"), read(repo, "new") })
  end)

  it_runs("lands once, however often it is landed", function()
    local repo = forked()
    local land = ready(repo)
    assert(merge:land(land))
    write(repo, "a", "after it")
    repository.commit(repo, "later")
    write(repo, "a", "dirty by now")
    assert.same({ landed = land.commit }, merge:land(land))
    assert.equal("later\ntopic, squashed\nfirst", log(repo))
    sh(repo, "git checkout -q a")
    assert.is_true(merge:prepare { repo = repo, target = "main", branch = "topic" }.empty)
  end)

  it_runs("lets one of many land; the others prepare again", function()
    local repo = forked()
    sh(repo, "git checkout -q topic")
    local landed, refused, racers = 0, 0, {}
    for i = 1, 5 do
      racers[i] = function()
        local land = ready(repo)
        local made = assert(merge:commit {
          repo = repo, tree = land.commit, head = land.expect, message = "racer " .. i,
        })
        land.commit = made
        local result, err = merge:land(land)
        landed = landed + (result and 1 or 0)
        refused = refused + (err and err.code == "conflict" and 1 or 0)
      end
    end
    await.all(unpack(racers))
    assert.same({ 1, 4 }, { landed, refused })
  end)

  it_runs("says which branch is missing", function()
    local repo = forked()
    local _, err = merge:prepare { repo = repo, target = "nowhere", branch = "topic" }
    assert.equal("not_found", err.code)
    assert.matches("refs/heads/nowhere", err.message)
  end)
end)
