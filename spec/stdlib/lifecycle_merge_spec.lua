-- The merge of a lifecycle: who says yes, a target that moves, and what the store refuses.
local repository = require "spec.support.repository"
local ship = require "spec.support.ship"

local read, sh, write = repository.read, repository.sh, repository.write

describe("the merge of a lifecycle #git", function()
  after_each(repository.remove_all)

  it("waits for a person unless it may go by itself, and takes no for an answer", function()
    local s = ship.new(nil, { auto = "off" })
    local outcome = s.run()
    assert.equal("waiting", outcome.state)
    s.world:send(outcome.run, "merge", { ok = false })
    outcome = s.run()
    assert.equal("rejected", outcome.failure.reason)
    assert.equal("wrong\nfirst", s.log())
  end)

  it("tests again on the tree that will be merged when the target has moved", function()
    local s = ship.new(nil, { auto = "off" })
    local outcome = s.run()
    write(s.repo, "other", "news\n")
    repository.commit(s.repo, "moved on")
    s.world:send(outcome.run, "merge", { ok = true })
    outcome = s.run()
    assert.equal("completed", outcome.state)
    assert.equal("Make it right\nmoved on\nwrong\nfirst", s.log())
    assert.same({ "verdict.recorded passed", "merge.intended", "merge.abandoned",
      "verdict.recorded passed", "merge.intended", "merge.done" },
      ship.kinds(s.world:events(outcome.run), "^[vm]e"))
  end)

  it("stalls on a conflict and leaves branch and trees clean", function()
    local s = ship.new(nil, { auto = "off" })
    local outcome = s.run()
    write(s.repo, "a", "something else\n")
    repository.commit(s.repo, "moved on")
    s.world:send(outcome.run, "merge", { ok = true })
    outcome = s.run()
    assert.equal("stalled", outcome.state)
    assert.equal("conflict", outcome.failure.detail)
    assert.equal("", sh(s.repo,
      "for t in .neap/worktrees/*; do git -C $t status --porcelain; done"))
    assert.equal("", sh(s.repo, "git status --porcelain"))
  end)

  it("waits while the target is checked out with changes", function()
    local s = ship.new()
    write(s.repo, "check.sh", "mine\n")
    local outcome = s.run()
    assert.equal("waiting", outcome.state)
    assert.equal("mine\n", read(s.repo, "check.sh"))
    sh(s.repo, "git checkout -q check.sh")
    s.world:send(outcome.run, "merge", { ok = true })
    assert.equal("completed", s.run().state)
    assert.equal("right\n", read(s.repo, "a"))
    assert.equal(0, s.world:count(outcome.run, "attempt.intended", "test[2]")) -- the same tree
  end)

  it("asks a person with what is in the way, and takes true for a yes", function()
    local s = ship.new()
    write(s.repo, "check.sh", "mine\n")
    local outcome = s.run()
    local row = s.world.store:query("SELECT args FROM step WHERE run = ? AND state = 'waiting'",
      { outcome.run })[1]
    assert.matches('"question":"' .. s.repo .. " has changes. Merge %x+ into main%?\"", row.args)
    sh(s.repo, "git checkout -q check.sh")
    s.world:send(outcome.run, "merge", true)
    assert.equal("completed", s.run().state)
  end)

  it("is refused by the store when no verdict says yes to the tree", function()
    local s = ship.new(nil, { auto = "off" })
    local outcome = s.run()
    local verdict = s.world.store:query("SELECT * FROM verdict WHERE run = ?", { outcome.run })[1]
    local data = { repo = "r", target = "main", base = "b", head = "h", tree = verdict.tree,
      gate_set = verdict.gate_set }
    local function intend()
      local ok
      s.world.store:commit({ run = outcome.run, at = 1, events = {
        { type = "merge.intended", step = "x", data = data } } },
        function(ack) ok = ack ~= nil end)
      s.world:drive()
      return ok
    end
    s.world.store:commit({ run = outcome.run, at = 1, events = { { type = "verdict.recorded",
      step = "x", data = { tree = "bad", gate_set = verdict.gate_set, state = "failed" } } } },
      function() end)
    data.tree = "bad"
    assert.is_false(intend())
    data.tree = "0000"
    assert.is_false(intend())
    data.tree, data.gate_set = verdict.tree, "another"
    assert.is_false(intend())
    data.gate_set = verdict.gate_set
    assert.is_true(intend())
  end)
end)
