-- Running a graph: what starts when, what ends how, and what is left of a stop.
local executor = require "spec.support.executor"
local load = require "spec.support.load"
local schedule = require "neap.graph.schedule"

---Runs a graph on a fake executor; the result is nil while it has not ended.
local function run(graph, ex, opts)
  local plan, result = schedule.new(graph, ex, opts), nil
  plan:recall()
  plan:start(function(ended)
    assert(not result, "ended twice")
    result = ended
  end)
  return plan, function()
    return result
  end
end

local function finish(graph, ex, opts)
  local _, result = run(graph, ex, opts)
  ex:run()
  return result()
end

local function scripted(rows)
  return function(name, attempt)
    local row = rows[name] or {}
    return row[1] and (row[attempt] or row[#row]) or row
  end
end

local FAILS = { state = "failed" }

describe("a graph that runs", function()
  it("starts a node when its needs are met, without a barrier between waves", function()
    local graph = load.graph(function(task)
      task "slow" { "x" }
      task "quick" { "x" }
      task "after quick" { "x", needs = "quick" }
      task "after both" { "x", needs = { "quick", "slow" } }
    end)
    local ex = executor.new { script = scripted { slow = { after = 100 } } }
    assert.equal("completed", finish(graph, ex).state)
    assert.same({ "slow", "quick", "after quick", "after both" }, ex.started)
    assert.is_true(ex.time > 100 and ex.time < 102)
  end)

  it("starts the next node at the exit, and dependents at the record", function()
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "long" { "x" }
      task "b" { "x", needs = "a" }
      task "c" { "x" }
      task "d" { "x" }
    end)
    local ex = executor.new { commit = 10, script = scripted { long = { after = 100 } } }
    finish(graph, ex, { jobs = 2 })
    assert.same({ "start a", "start long", "exit a", "start c", "exit c", "start d", "exit d" },
      { unpack(ex.log, 1, 7) })
  end)

  it("with one job is in the order of the plan, however long the disk takes", function()
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "b" { "x", needs = "a" }
      task "c" { "x", needs = "b" }
      task "d" { "x" }
      task "e" { "x" }
    end)
    for _, commit in ipairs { 0, 0.5, 10 } do
      local ex = executor.new { commit = commit }
      finish(graph, ex, { jobs = 1 })
      assert.same({ "a", "b", "c", "d", "e" }, ex.started)
    end
  end)

  it("with one job runs others while a node waits for its retry", function()
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "b" { "x" }
    end)
    local ex = executor.new { script = scripted { a = { { retry = 50 }, {} } } }
    finish(graph, ex, { jobs = 1 })
    assert.same({ "a", "b", "a" }, ex.started)
  end)

  it("skips what needs a failed node, names the cause, and goes on with the rest", function()
    local graph = load.graph(function(task)
      task "build" { "x" }
      task "test" { "x", needs = "build" }
      task "ship" { "x", needs = "test" }
      task "lint" { "x" }
      task "report" { "x", needs = "lint" }
    end)
    local ex = executor.new { script = scripted { build = FAILS } }
    local result = finish(graph, ex)
    assert.same({ "failed", 2, 1, 2 },
      { result.state, result.completed, result.failed, result.skipped })
    assert.equal("build", ex.record.test.cause)
    assert.equal("build", ex.record.ship.cause)
    assert.equal("need_failed", ex.record.ship.why)
    assert.equal("completed", ex.record.report.state)
  end)

  it("lets dependents of a soft node see the failure, of a skip node see nothing", function()
    local seen = {}
    local graph = load.graph(function(task)
      task "soft" { "x", on_failure = "soft" }
      task "skip" { "x", on_failure = "skip" }
      task "fine" { "x" }
      task "look" { needs = { "soft", "skip", "fine" }, run = function(_, results)
        seen = results
      end }
    end)
    local failure = { reason = "timeout" }
    local ex = executor.new { script = scripted { fine = { value = 42 },
      soft = { state = "failed", failure = failure }, skip = FAILS } }
    assert.equal("completed", finish(graph, ex).state)
    assert.same({ soft = failure, fine = 42 }, seen)
  end)

  it("takes the mode of an edge before that of the node", function()
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "cleanup" { "x", needs = { "a", on_failure = "soft" } }
      task "ship" { "x", needs = "a" }
      task "b" { "x", on_failure = "soft" }
      task "strict" { "x", needs = { { "b", on_failure = "hard" }, "cleanup" } }
    end)
    local ex = executor.new { script = scripted { a = FAILS, b = FAILS } }
    local result = finish(graph, ex)
    assert.equal("failed", result.state)
    assert.equal("completed", ex.record.cleanup.state)
    assert.equal("skipped", ex.record.ship.state)
    assert.equal("skipped", ex.record.strict.state)
    assert.equal("b", ex.record.strict.cause)
  end)

  it("stops starting at the first failure of a fail_fast node", function()
    local graph = load.graph(function(task)
      task.default { on_failure = "fail_fast" }
      task.pool "p" { slots = 1 }
      task "bad" { "x", priority = 1 }
      task "long" { "x", priority = 1 }
      for i = 1, 5 do
        task("later" .. i) { "x", pool = "p" }
      end
      task "asked" { "x", approve = "go?" }
      task "last" { "x", needs = { "long", on_failure = "soft" } }
    end)
    local ex = executor.new { script = scripted { bad = FAILS, long = { after = 5 } } }
    local result = finish(graph, ex, { jobs = 2 })
    assert.same({ "long", "bad" }, { unpack(ex.started, 1, 2) })
    assert.is_true(#ex.started <= 3, "only what had a slot at the exit")
    assert.equal(1, result.failed)
    assert.equal(9, result.completed + result.failed + result.skipped)
    assert.same({ "bad", "fail_fast" }, { ex.record.later5.cause, ex.record.last.why })
  end)

  it("skips a node whose condition says no, and what needs it", function()
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "yes" { "x", needs = "a", when = function(r) return r.a == 1 end }
      task "no" { "x", needs = "a", when = function(r) return r.a == 2 end }
      task "after" { "x", needs = "no" }
    end)
    local ex = executor.new { script = scripted { a = { value = 1 } } }
    local result = finish(graph, ex)
    assert.equal("completed", result.state)
    assert.same({ "completed", "skipped", "skipped" },
      { ex.record.yes.state, ex.record.no.state, ex.record.after.state })
    assert.same({ "when", "no" }, { ex.record.no.why, ex.record.after.cause })
  end)

  it("fails a node whose condition breaks", function()
    local graph = load.graph(function(task)
      task "a" { "x", when = function(r) return r.b.c end }
    end)
    local result = finish(graph, executor.new())
    assert.equal("failed", result.state)
    local line = debug.getinfo(1, "l").currentline - 4
    assert.matches("schedule_spec.lua:%d+: when: attempt to index", result.failure.message)
    assert.matches("schedule_spec.lua$", result.failure.file)
    assert.equal(line, result.failure.line)
  end)

  it("runs Lua nodes with the results of their needs, those of a matrix by suffix", function()
    local graph = load.graph(function(task)
      task "e2e" { "x", matrix = { shard = { 1, 2 } } }
      task "sum" { needs = "e2e", run = function(_, results)
        return results.e2e["shard=1"] + results["e2e[shard=2]"]
      end }
      task "each" { matrix = { n = { 5, 6 } }, run = function(_, _, values)
        return values.n * 2
      end }
      task "all" { needs = { "sum", "each" } }
    end)
    local ex = executor.new { script = scripted { ["e2e[shard=1]"] = { value = 3 },
      ["e2e[shard=2]"] = { value = 4 } } }
    assert.equal("completed", finish(graph, ex).state)
    assert.equal(7, ex.record.sum.value)
    assert.equal(12, ex.record["each[n=6]"].value)
    assert.equal("completed", ex.record.all.state)
  end)

  it("fails a Lua node that raises", function()
    local graph = load.graph(function(task)
      task "a" { run = function() error("no", 0) end }
      task "b" { "x", needs = "a" }
    end)
    local ex = executor.new()
    local result = finish(graph, ex)
    assert.same({ "failed", "no" }, { result.state, result.failure.message })
    assert.equal("skipped", ex.record.b.state)
  end)

  it("names all that failed in one failure", function()
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "b" { "x" }
      task "c" { "x", on_failure = "soft" }
    end)
    local bad = { state = "failed", failure = { reason = "crashed", message = "exit 1" } }
    local result = finish(graph, executor.new { script = scripted { a = bad, b = bad, c = bad } })
    assert.equal("2 tasks failed: a, b; the first: exit 1", result.failure.message)
  end)

  it("keeps of the first five what failed, and where it stands in the script", function()
    local graph = load.graph(function(task)
      for i = 1, 7 do
        task("t" .. i) { "x" }
      end
    end)
    local script = { t1 = { state = "failed", failure = { reason = "crashed", detail = "lua",
      message = "boom", file = "/a.lua", line = 7 } } }
    for i = 2, 7 do
      script["t" .. i] = { state = "failed", failure = { reason = "crashed", message = "no" } }
    end
    local found = finish(graph, executor.new { script = scripted(script) }).failure
    assert.same({ 7, 5 }, { found.count, #found.failures })
    assert.same({ step = "t1", reason = "crashed", detail = "lua", message = "boom",
      file = "/a.lua", line = 7 }, found.failures[1])
    assert.same({ step = "t5", reason = "crashed", message = "no", file = graph.tasks[5].file,
      line = graph.tasks[5].line }, found.failures[5])
  end)
end)

describe("a node with a question", function()
  local function asked()
    return load.graph(function(task)
      task "build" { "x" }
      task "publish" { "x", needs = "build", approve = "Publish to {env}?",
        matrix = { env = { "prod" } } }
      task "other" { "x" }
      task "more" { "x" }
    end)
  end
  local NAME = "approve/publish[env=prod]"

  it("waits without a slot, and starts when a person says yes", function()
    for _, yes in ipairs { true, { ok = true }, { by = "me" } } do
      local ex = executor.new()
      local _, result = run(asked(), ex, { jobs = 1 })
      ex:run()
      assert.same({ "build", "other", "more" }, ex.started)
      assert.is_nil(result())
      assert.equal("Publish to prod?", ex.question)
      ex:send(NAME, yes)
      ex:run()
      assert.equal("completed", result().state)
      assert.equal("publish[env=prod]", ex.started[4])
    end
  end)

  it("fails as rejected when a person says no", function()
    for _, no in ipairs { false, { ok = false, message = "not today" } } do
      local ex = executor.new { messages = { [NAME] = no } }
      local result = finish(asked(), ex)
      assert.equal("rejected", result.failure.reason)
      assert.is_false(result.failure.retryable)
      assert.equal(no and "publish[env=prod] was not approved: not today"
        or "publish[env=prod] was not approved", result.failure.message)
      assert.same({ "build", "other", "more" }, ex.started)
    end
  end)
end)

describe("slots", function()
  it("are four unless somebody says otherwise", function()
    local graph = load.graph(function(task)
      for i = 1, 20 do
        task("t" .. i) { "x" }
      end
    end)
    for _, jobs in ipairs { false, 1, 7 } do
      local ex = executor.new()
      finish(graph, ex, { jobs = jobs or nil })
      assert.equal(jobs or 4, ex.most)
    end
  end)

  it("of a pool are never exceeded, weights counted, heavy ones not overtaken", function()
    local graph = load.graph(function(task)
      task.pool "p" { slots = 3 }
      task "light1" { "x", pool = "p" }
      task "heavy" { "x", pool = "p", weight = 3 }
      task "light2" { "x", pool = "p" }
      task "free" { "x" }
    end)
    local ex = executor.new { script = scripted { light1 = { after = 5 } } }
    ex.watch = function(running)
      assert.is_false((running.heavy and (running.light1 or running.light2)) or false)
    end
    finish(graph, ex)
    assert.same({ "light1", "free", "heavy", "light2" }, ex.started)
  end)

  it("go to the explicit priority first, then to the longest way to the end", function()
    local function declare(task)
      task "short" { "x" }
      task "long1" { "x" }
      task "long2" { "x", needs = "long1" }
      task "urgent" { "x", priority = 1 }
    end
    local ex = executor.new()
    finish(load.graph(declare), ex, { jobs = 1 })
    assert.same({ "urgent", "long1" }, { unpack(ex.started, 1, 2) })
    ex = executor.new()
    finish(load.graph(declare), ex, { jobs = 1, durations = { short = 60 } })
    assert.same({ "urgent", "short", "long1", "long2" }, ex.started)
  end)

  it("keep that order among those that wait for a pool", function()
    local ex = executor.new { commit = 0, script = scripted { gate = { after = 0.5 } } }
    finish(load.graph(function(task)
      task.pool "p" { slots = 1 }
      task "first" { "x", pool = "p", priority = 9 }
      task "short" { "x", pool = "p" }
      task "long" { "x", pool = "p" }
      task "tail" { "x", needs = "long" }
      task "gate" { "x", priority = 8 }
      task "urgent" { "x", pool = "p", priority = 5, needs = "gate" }
    end), ex, { jobs = 2 })
    assert.same({ "first", "gate", "urgent", "long" }, { unpack(ex.started, 1, 4) })
  end)

  it("are free while a node waits for its next attempt", function()
    local graph = load.graph(function(task)
      task.pool "p" { slots = 1 }
      task "flaky" { "x", attempts = 3, pool = "p", priority = 1 }
      task "a" { "x", pool = "p" }
      task "b" { "x", pool = "p" }
    end)
    local ex = executor.new { script = scripted { flaky = { { retry = 1.5 }, {} } } }
    finish(graph, ex, { jobs = 1 })
    assert.same({ "flaky", "a", "b", "flaky" }, ex.started)
    assert.equal(1, ex.most)
    assert.equal(2, ex.attempts.flaky)
  end)
end)

describe("a stop", function()
  it("starts nothing new, voids what was intended, and lets what runs end", function()
    local graph = load.graph(function(task)
      for i = 1, 20 do
        task("t" .. i) { "x" }
      end
    end)
    local ex = executor.new()
    local _, result = run(graph, ex, { jobs = 2 })
    ex.stop = true
    ex:run()
    assert.equal("stopped", result().state)
    assert.equal(2, #ex.started)
    assert.equal(2, ex.voided)
    local after = executor.new { record = ex.record }
    assert.equal("completed", finish(graph, after).state)
    assert.equal(18, #after.started)
  end)
end)
