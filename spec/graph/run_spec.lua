-- A graph as a run: in the simulated world, through the journal, over crashes.
local load = require "spec.support.load"
local retry = require "neap.retry"
local testing = require "neap.testing"

local function program(declare)
  return { kind = "graph", name = "spec", graph = load.graph(declare) }
end

---The steps of a run as "key state" lines, in the order of their names.
local function steps(world, run)
  local list = {}
  for _, row in ipairs(world.store:query(
    "SELECT key, state FROM step WHERE run = ? ORDER BY key", { run })) do
    list[#list + 1] = row.key .. " " .. row.state
  end
  return list
end

local function spawned(world)
  local list = {}
  for i, argv in ipairs(world.loop:spawned()) do
    list[i] = table.concat(argv, " ")
  end
  return list
end

describe("a graph", function()
  local world

  before_each(function()
    world = testing.world()
    world.loop:script("ok", { code = 0, after = 1 })
    world.loop:script("slow", { code = 0, after = 60 })
    world.loop:script("bad", { code = 1, after = 1 })
  end)

  local function everything(task)
    task.pool "p" { slots = 1 }
    task "deps" { "ok", "deps" }
    task "build" { "ok", "build", needs = "deps" }
    task "e2e" { "ok", "{shard}", needs = "build", matrix = { shard = { 1, 2, 3 } }, pool = "p" }
    task "advise" { "bad", "advise", needs = "deps", on_failure = "soft", attempts = 2 }
    task "never" { "ok", "never", when = function() return false end }
    task "sum" { needs = { "e2e", "advise" }, run = function(w, results)
      local inner = w:run { "ok", "inner" }
      return { inner = inner.code, advise = results.advise.reason }
    end }
    task "all" { needs = { "sum", "build" } }
  end

  it("runs to its end, and its record says how each node ended", function()
    local outcome = world:run(program(everything))
    assert.equal("completed", outcome.state)
    assert.same({ completed = 7, skipped = 1 }, outcome.result)
    assert.same({ "advise failed", "all completed", "build completed", "deps completed",
      "e2e[shard=1] completed", "e2e[shard=2] completed", "e2e[shard=3] completed",
      "never skipped", "sum completed", "sum/ok completed" }, steps(world, outcome.run))
  end)

  it("shows a Lua node what a command said, also when it is no text, now and on replay", function()
    world.loop:script("raw", { stdout = "a\255b", code = 0, after = 1 })
    local seen = {}
    local graph = program(function(task)
      task "raw" { "raw" }
      task "look" { needs = "raw", run = function(_, results)
        seen[#seen + 1] = results.raw.stdout
      end }
    end)
    world:crash_at(6, true)
    assert.equal("crashed", world:run(graph).state)
    assert.equal("completed", world:run(graph).state)
    assert.same({ "a\255b", "a\255b" }, seen)
  end)

  it("with one job tries again at once what is due at once", function()
    local tries = 0
    world.loop:script("flaky", function()
      tries = tries + 1
      return { code = tries < 3 and 1 or 0, after = 1 }
    end)
    world:run(program(function(task)
      task "flaky" { "flaky", retry = { attempts = 3, initial = 0, jitter = "none" } }
      task "next" { "ok", "next" }
    end), { jobs = 1 })
    assert.same({ "flaky", "flaky", "flaky", "ok next" }, spawned(world))
  end)

  it("goes on after a crash at any event, and runs nothing finished again", function()
    local calm = testing.world()
    local function prepare(w)
      w.loop:script("ok", { code = 0, after = 1 })
      w.loop:script("bad", { code = 1, after = 1 })
    end
    prepare(calm)
    local undisturbed = calm:run(program(everything))
    for _, before in ipairs { true, false } do
      for n = 1, #calm:events(undisturbed.run) do
        local wild = testing.world()
        prepare(wild)
        wild:crash_at(n, before)
        local outcome = wild:run(program(everything))
        if outcome.state == "crashed" then
          outcome = wild:run(program(everything))
        end
        assert.same(undisturbed.result, outcome.result, "crash at " .. n)
        assert.same(steps(calm, undisturbed.run), steps(wild, outcome.run))
        for _, row in ipairs(wild.store:query([[SELECT step, count(*) AS n FROM event
            WHERE run = ? AND type = 'attempt.ended' AND data ->> 'state' = 'completed'
            GROUP BY step]], { outcome.run })) do
          assert.equal(1, row.n, ("%s completed twice, crash at %d"):format(row.step, n))
        end
      end
    end
  end)

  it("asks a person, durably, and starts what was approved", function()
    local function declare(task)
      task "build" { "ok" }
      task "publish" { "ok", "publish", needs = "build", approve = "Publish?" }
    end
    local waiting = world:run(program(declare))
    assert.equal("waiting", waiting.state)
    world:die()
    local again = world:run(program(declare))
    assert.equal(waiting.run, again.run)
    world:send(again.run, "approve/publish", true, "c1")
    world:drive()
    assert.equal("completed", world:row(again.run).state)
    assert.same({ "ok", "ok publish" }, spawned(world))
  end)

  it("fails as rejected when the person refuses", function()
    local outcome = world:run(program(function(task)
      task "publish" { "ok", approve = "Publish?" }
    end))
    world:send(outcome.run, "approve/publish", { ok = false, message = "no" }, "c1")
    world:drive()
    local row = world:row(outcome.run)
    assert.same({ "failed", "rejected" }, { row.state, row.reason })
    assert.same({}, spawned(world))
  end)

  it("skips what waits for another attempt when a fail_fast node fails", function()
    world.loop:script("flaky", { code = 2, after = 0.1 })
    local outcome = world:run(program(function(task)
      task "bad" { "bad", on_failure = "fail_fast" }
      task "flaky" { "flaky", retry = { attempts = 5, initial = "5s", jitter = "none" } }
    end))
    assert.equal("failed", outcome.state)
    assert.same({ "bad failed", "flaky skipped" }, steps(world, outcome.run))
  end)

  it("does not wait for the time of another attempt that will not be", function()
    world.loop:script("flaky 1", { code = 2 }) -- waits when the other fails
    world.loop:script("flaky 2", { code = 2, after = 2 }) -- and one that still runs then
    local outcome = world:run(program(function(task)
      task "bad" { "bad", on_failure = "fail_fast" }
      local retry_later = { attempts = 5, initial = "1h", max = "1h", jitter = "none" }
      task "one" { "flaky", "1", retry = retry_later }
      task "two" { "flaky", "2", retry = retry_later }
    end))
    assert.same({ "bad failed", "one skipped", "two skipped" }, steps(world, outcome.run))
    local row = world:row(outcome.run)
    assert.is_true(row.ended_at - row.created_at < 10000)
  end)

  it("tries again what a policy names, also where it would not by itself", function()
    world.loop:script("gone", { code = 127 })
    world:run(program(function(task)
      task "named" { "gone", "named", retry = retry.on "crashed.not_found" { attempts = 3 } }
      task "any" { "gone", "any", attempts = 3 }
    end), { jobs = 1 })
    assert.same({ "gone named", "gone any", "gone named", "gone named" }, spawned(world))
  end)

  it("holds no slot and no place while a node waits for its retry, after a crash too", function()
    world.loop:script("flaky", { code = 2, after = 1 })
    local patient = { attempts = 2, initial = "60s", jitter = "none" }
    local function declare(task)
      task.pool "p" { slots = 1 }
      task "flaky" { "flaky", pool = "p", retry = patient }
      task "other" { "ok", pool = "p" }
    end
    world:crash_at(6)
    assert.equal("crashed", world:run(program(declare), { jobs = 1 }).state)
    local outcome = world:run(program(declare), { jobs = 1 })
    assert.same({ "flaky failed", "other completed" }, steps(world, outcome.run))
    assert.same({ "flaky", "ok", "flaky" }, spawned(world))
  end)

  it("puts the longest way first, by what earlier runs measured", function()
    local function declare(task)
      task "a" { "ok" }
      task "b" { "slow" }
      task "c" { "ok", "after", needs = "a" }
    end
    world:run(program(declare), { jobs = 1 })
    assert.same({ "ok", "slow", "ok after" }, spawned(world))
    world:run(program(declare), { jobs = 1, new = true })
    assert.same({ "slow", "ok", "ok after" }, { unpack(spawned(world), 4) })
  end)

  it("is not another graph under the same run: a changed command stops it", function()
    world:crash_at(6)
    world:run(program(function(task)
      task "a" { "ok", "one" }
      task "b" { "ok", needs = "a" }
    end))
    local outcome = world:run(program(function(task)
      task "a" { "ok", "two" }
      task "b" { "ok", needs = "a" }
    end))
    assert.equal("stalled", outcome.state)
    assert.equal("diverged", outcome.failure.detail)
    assert.matches("run_spec.lua$", outcome.failure.file)
    assert.matches("^%d+$", outcome.failure.line)
  end)
end)
