-- A lifecycle that is killed: it goes on, and nothing that ended is done again.
local repository = require "spec.support.repository"
local ship = require "spec.support.ship"

describe("a lifecycle that is killed #git", function()
  after_each(repository.remove_all)

  local undisturbed

  -- The number of an event in a run that nobody kills; what is where does not differ.
  local function place_of(type, step)
    if not undisturbed then
      local s = ship.new()
      undisturbed = s.world:events(s.run().run)
      repository.remove_all()
    end
    for i, event in ipairs(undisturbed) do
      if event.type == type and event.step == step then
        return i
      end
    end
  end

  local function crashing(type, step, before)
    it(("goes on after a crash %s %s of %s"):format(before and "before" or "after", type, step),
      function()
        local at = place_of(type, step)
        local s = ship.new()
        s.world:crash_at(at, before)
        assert.equal("crashed", s.run().state)
        local outcome = s.run()
        assert.equal("completed", outcome.state)
        assert.equal("Make it right\nwrong\nfirst", s.log())
        assert.equal("1", s.trees())
        for _, key in ipairs { "plan", "implement[1]", "test[1]", "audit[1]", "merge[1]" } do
          assert.equal(1, s.world.store:query([[SELECT count(*) AS n FROM event WHERE run = ?
            AND step = ? AND type = 'attempt.ended' AND data ->> 'state' = 'completed']],
            { outcome.run, key })[1].n)
        end
      end)
  end

  it("begins again from the last commit, without what the killed attempt left", function()
    local at = place_of("attempt.ended", "implement[1]")
    local s = ship.new { implement = function(_, cwd, n)
      repository.write(cwd, "a", "right\n")
      if n == 1 then
        repository.write(cwd, "left over", "")
        repository.write(cwd, "check.sh", "exit 0\n")
      end
      return "done"
    end }
    s.world:crash_at(at, true)
    assert.equal("crashed", s.run().state)
    assert.equal("completed", s.run().state)
    assert.equal("a", repository.sh(s.repo, "git diff --name-only HEAD~1"))
  end)

  it("commits though a killed git left its locks", function()
    local at = place_of("attempt.ended", "commit[1]")
    local s = ship.new()
    s.world:crash_at(at, true)
    assert.equal("crashed", s.run().state)
    repository.sh(s.repo, [[
      for tree in .git/worktrees/*; do touch $tree/index.lock $tree/HEAD.lock; done
      for ref in .git/refs/heads/neap/*; do touch $ref.lock; done]])
    assert.equal("completed", s.run().state)
    assert.equal("Make it right\nwrong\nfirst", s.log())
  end)

  crashing("attempt.ended", "worktree", true)
  crashing("attempt.intended", "implement[1]")
  crashing("attempt.ended", "implement[1]", true)
  crashing("attempt.ended", "commit[1]", true)
  crashing("attempt.ended", "test[1]")
  crashing("merge.intended", "merge[1]")
  crashing("attempt.ended", "merge[1]", true)
  crashing("attempt.ended", "cleanup", true)
end)
