-- A lifecycle: plan, rounds of work with their tests, and what the auditor says.
local repository = require "spec.support.repository"
local ship = require "spec.support.ship"

local read, write = repository.read, repository.write
local sh = repository.sh

local function revision(words)
  return { verdict = "revise", confidence = 0.9, summary = "almost", concerns = {
    { category = "style", severity = "minor", anchor = "a:1", rationale = words } } }
end

describe("a lifecycle #git", function()
  after_each(repository.remove_all)

  it("plans, works, tests, audits and merges one commit", function()
    local s = ship.new()
    local outcome = s.run()
    assert.equal("completed", outcome.state)
    assert.equal("Make it right\nwrong\nfirst", s.log())
    assert.equal("right\n", read(s.repo, "a"))
    assert.equal("", sh(s.repo, "git status --porcelain"))
    assert.equal("1", s.trees())
    assert.same({ "verdict.recorded passed", "merge.intended", "merge.done" },
      ship.kinds(s.world:events(outcome.run), "^[vm]e"))
    assert.same({ { state = "done" } }, s.world.store:query "SELECT state FROM merge")
    assert.equal(1, outcome.result.rounds)
    assert.near(0.03, outcome.result.cost, 1e-9)
    assert(s.world.store:verify())
  end)

  it("works for a bare repository too", function()
    local s = ship.new(nil, { bare = true })
    assert.equal("completed", s.run().state)
    assert.equal("Make it right\nwrong\nfirst", sh(s.bare, "git log --format=%s main"))
  end)

  it("says that there is no branch to merge into", function()
    local outcome = ship.new(nil, { into = "nowhere" }).run()
    assert.matches("has no branch nowhere: make it, or name one that exists",
      outcome.failure.message, 1, true)
  end)

  it("hands the failure of the tests to the next round", function()
    local s = ship.new { implement = function(prompt, cwd)
      write(cwd, "a", prompt:find("a says half", 1, true) and "right\n" or "half\n")
      return "done"
    end }
    local outcome = s.run()
    assert.equal("completed", outcome.state)
    assert.equal(2, outcome.result.rounds)
    assert.same({ "verdict.recorded failed", "verdict.recorded passed" },
      ship.kinds(s.world:events(outcome.run), "^verdict"))
  end)

  it("stalls when no attempt is left, and leaves the work on its branch", function()
    local s = ship.new({ implement = function(_, cwd, n) write(cwd, "a", n .. "\n") return "" end },
      { attempts = 2 })
    local outcome = s.run()
    assert.equal("stalled", outcome.state)
    assert.equal("escalated", outcome.failure.reason)
    assert.equal("wrong\nfirst", s.log())
    assert.truthy(s.trees():find("neap/make-it-right-", 1, true))
  end)

  it("says so to an author who changed nothing", function()
    local s = ship.new { implement = function(prompt, cwd)
      if prompt:find("You changed no file", 1, true) then
        write(cwd, "a", "right\n")
      end
      return "done"
    end }
    assert.equal(2, s.run().result.rounds)
  end)

  it("refuses a change of protected paths without running it", function()
    local s = ship.new { implement = function(prompt, cwd)
      local told = prompt:find("You changed paths that may not be changed: check.sh", 1, true)
      write(cwd, "check.sh", told and 'grep -qx right a || { echo "a says $(cat a)"; exit 1; }\n'
        or "exit 0\n")
      write(cwd, "a", told and "right\n" or "bad\n")
      return "done"
    end }
    local outcome = s.run()
    assert.equal("completed", outcome.state)
    assert.equal(0, s.world:count(outcome.run, "attempt.intended", "test[1]"))
    assert.equal(1, s.world:count(outcome.run, "attempt.intended", "test[2]"))
  end)
end)

describe("the audit of a lifecycle #git", function()
  after_each(repository.remove_all)

  it("sees the change between fences, and asks for a revision", function()
    local s = ship.new {
      implement = function(prompt, cwd)
        write(cwd, "a", "right\n")
        write(cwd, "b", prompt:find("say why", 1, true) and "because\n" or "\n")
        return "done"
      end,
      audit = function(prompt)
        assert(prompt:find("\n+right\n", 1, true))
        return prompt:find("+because", 1, true) and ship.approval or revision "say why"
      end,
    }
    local outcome = s.run()
    assert.equal("completed", outcome.state)
    assert.equal(2, outcome.result.rounds)
  end)

  it("ends the run as rejected when the auditor says no", function()
    local s = ship.new { audit = function()
      return { verdict = "reject", confidence = 1, summary = "do not", concerns = {} }
    end }
    local outcome = s.run()
    assert.equal("failed", outcome.state)
    assert.equal("rejected", outcome.failure.reason)
    assert.equal("wrong\nfirst", s.log())
  end)

  it("is asked once more when the answer does not parse", function()
    local s = ship.new { audit = function(_, _, n)
      return n == 1 and { verdict = "fine" } or ship.approval
    end }
    assert.equal("completed", s.run().state)
    local last = s.asked[#s.asked]
    assert.truthy(last.prompt:find("could not be used: verdict must be", 1, true))
    assert.equal("audit-1", last.resume)
  end)

  it("is not asked a third time", function()
    local s = ship.new { audit = function() return "all good, merge it" end }
    local outcome = s.run()
    assert.equal("stalled", outcome.state)
    assert.equal("schema_invalid", outcome.failure.reason)
    assert.equal(4, #s.asked)
  end)

  it("leaves an approval without confidence to a person", function()
    local s = ship.new { audit = function()
      return { verdict = "approve", confidence = 0.5, summary = "perhaps", concerns = {} }
    end }
    local outcome = s.run()
    assert.equal("waiting", outcome.state)
    assert.equal("wrong\nfirst", s.log())
    s.world:send(outcome.run, "merge", { ok = true })
    assert.equal("completed", s.run().state)
    assert.equal("Make it right\nwrong\nfirst", s.log())
  end)
end)
