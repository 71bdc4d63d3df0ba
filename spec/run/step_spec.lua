-- A run in a simulated world: steps, replay, retries, context, the guard against divergence.

local testing = require("neap.testing")

describe("a step", function()
  local world

  before_each(function()
    world = testing.world()
  end)

  it("runs once and gives its value back on every pass", function()
    local ran = { value = 0 }
    local holder = setmetatable({}, { __index = ran, __newindex = ran })
    local function flow(w)
      local a = w:step("one", function()
        holder.value = holder.value + 1
        return { n = 1, list = { "a", "b" } }
      end)
      w:step("two", function() end)
      return a
    end
    world:crash_at(4) -- created, started, one, two
    assert.equal("crashed", world:run(flow).state)
    local outcome = world:run(flow)
    assert.equal("completed", outcome.state)
    assert.same({ n = 1, list = { "a", "b" } }, outcome.result)
    assert.equal(1, ran.value)
  end)

  it("is executed again when the crash came before its commit", function()
    local ran = setmetatable({}, {})
    rawset(ran, "n", 0)
    local function flow(w)
      return w:step("one", function()
        ran.n = ran.n + 1
        return ran.n
      end)
    end
    world:crash_at(3, true)
    world:run(flow)
    assert.equal(2, world:run(flow).result)
  end)

  it("hands its recorded arguments to the body", function()
    local outcome = world:run(function(w)
      return w:step("add", function(a, b)
        return a + b
      end, 2, 3)
    end)
    assert.equal(5, outcome.result)
  end)

  it("is tried three times, a second apart and more, then the run stalls", function()
    local outcome = world:run(function(w)
      w:step("bad", function()
        error("no luck")
      end)
    end)
    assert.equal("stalled", outcome.state)
    assert.equal(3, world:count(outcome.run, "attempt.ended", "bad"))
    assert.equal("crashed", outcome.failure.reason)
    assert.equal("bad", outcome.failure.step)
    assert.is_true(world.loop:wall() - 1760000000 >= 1)
  end)

  it("keeps an error record for each failed attempt", function()
    local outcome = world:run(function(w)
      w.context.who = "me"
      w:try(function()
        w:step("bad", { attempts = 2 }, function()
          error("no luck")
        end)
      end)
      return "went on"
    end)
    assert.equal("went on", outcome.result)
    local rows = world.store:query("SELECT * FROM error WHERE run = ? ORDER BY seq",
      { outcome.run })
    assert.equal(2, #rows)
    assert.matches("no luck", rows[1].message)
    assert.matches("step_spec", rows[1].traceback)
    assert.equal('{"who":"me"}', rows[1].context)
  end)

  it("that changes a local of the workflow is refused with the way out", function()
    local outcome = world:run(function(w)
      local total = 0
      w:step("count", function()
        total = total + 1
      end)
      return total
    end)
    assert.equal("stalled", outcome.state)
    assert.matches("total", outcome.failure.message)
    assert.matches("return it instead", outcome.failure.message)
  end)

  it("that returns what JSON cannot hold fails and names the path", function()
    local outcome = world:run(function(w)
      w:step("odd", function()
        return { a = { b = print } }
      end)
    end)
    assert.equal("stalled", outcome.state)
    assert.matches("a%.b", outcome.failure.message)
  end)

  it("is returned to its function, also when a stop was asked for meanwhile", function()
    local function flow(w)
      return w:step("last", function()
        world.host:stop "soft"
        return 7
      end)
    end
    local outcome = world:run(flow)
    assert.same({ "completed", 7 }, { outcome.state, outcome.result })
  end)

  it("needs a key or arguments to be repeated", function()
    local outcome = world:run(function(w)
      for _ = 1, 2 do
        w:step("same", function() end)
      end
    end)
    assert.equal("failed", outcome.state)
    assert.matches("key", outcome.failure.message)
    outcome = world:run(function(w)
      for i = 1, 3 do
        w:step("same", { key = i }, function() end)
        w:step("other", function() end, i)
      end
    end, { name = "keyed" })
    assert.equal("completed", outcome.state)
    assert.equal(1, world:count(outcome.run, "step.completed", "same[3]"))
    assert.equal(1, world:count(outcome.run, "step.completed", "other#3"))
  end)
end)

describe("replay", function()
  it("stops at a step met with other arguments, before any effect", function()
    local world = testing.world()
    local effects = setmetatable({ n = 0 }, {})
    local function flow(arg)
      return function(w)
        w:step("first", function() end, arg)
        w:step("second", function()
          effects.n = effects.n + 1
        end)
      end
    end
    world:crash_at(3)
    world:run(flow("a"))
    local outcome = world:run(flow("b"))
    assert.equal("stalled", outcome.state)
    assert.equal("diverged", outcome.failure.detail)
    assert.matches('"a"', outcome.failure.message)
    assert.matches('"b"', outcome.failure.message)
    assert.equal(0, effects.n)
  end)

  it("cannot be swallowed by a pcall", function()
    local world = testing.world()
    world:crash_at(3)
    world:run(function(w)
      w:step("first", function() end, 1)
    end)
    local outcome = world:run(function(w)
      pcall(w.step, w, "first", function() end, 2)
      return "swallowed"
    end)
    assert.equal("stalled", outcome.state)
  end)

  it("carries on with an edited script", function()
    local world = testing.world()
    world:crash_at(3)
    world:run(function(w)
      w:step("kept", function()
        return "old"
      end)
    end)
    local outcome = world:run(function(w)
      local new = w:step("new", function()
        return "new"
      end)
      return new .. w:step("kept", function()
        return "again"
      end)
    end)
    assert.equal("newold", outcome.result)
  end)

  it("lets a script change on purpose with w:version", function()
    local world = testing.world()
    world:crash_at(3)
    world:run(function(w)
      w:step("a", function() end)
    end)
    local function flow(w)
      local v = w:version("better", 2)
      w:step("a", function() end)
      return v
    end
    assert.equal(1, world:run(flow).result)
    assert.equal(2, world:run(flow, { new = true }).result)
  end)
end)

describe("the context", function()
  it("is exact over replay: a counter is never counted twice", function()
    for event = 3, 9 do
      local world = testing.world()
      local function flow(w)
        w.context.n = 0
        for i = 1, 3 do
          w:step("bump", { key = i }, function()
            w.context.n = w.context.n + 1
          end)
          w.context.n = w.context.n + 10
        end
        return w.context.n
      end
      world:crash_at(event)
      local outcome = world:run(flow)
      outcome = outcome.state == "completed" and outcome or world:run(flow)
      assert.equal(33, outcome.result)
    end
  end)

  it("refuses a value above 16 KB and copies deeply", function()
    local world = testing.world()
    local outcome = world:run(function(w)
      local t = { inner = { 1 } }
      w.context.t = t
      t.inner[1] = 2
      local once = w.context:set_once("t", "other")
      local ok = pcall(function()
        w.context.big = ("x"):rep(20000)
      end)
      return { once.inner[1], w.context.t.inner[1], ok }
    end)
    assert.same({ 1, 1, false }, outcome.result)
  end)

  it("forgets what a failed body wrote", function()
    local world = testing.world()
    local outcome = world:run(function(w)
      w:try(function()
        w:step("bad", { attempts = 1 }, function()
          w.context.left = "over"
          error("no")
        end)
      end)
      return w.context.left == nil
    end)
    assert.is_true(outcome.result)
  end)
end)

describe("time and chance", function()
  it("are the same on every pass", function()
    local world = testing.world()
    local seen = setmetatable({}, {})
    local function flow(w)
      local x = { w:random(), w:random(6), w:uuid("a"), w:now() }
      w:step("mark", function()
        rawset(seen, #seen + 1, x[1] .. x[2] .. x[3] .. x[4])
      end)
      w:step("more", function() end)
      return x
    end
    world:crash_at(3, true)
    world:run(flow)
    local outcome = world:run(flow)
    assert.equal(2, #seen)
    assert.equal(seen[1], seen[2])
    assert.is_true(outcome.result[2] >= 1 and outcome.result[2] <= 6)
  end)
end)

describe("the guard", function()
  it("notices arguments that were there and are gone", function()
    local world = testing.world()
    world:crash_at(3)
    world:run(function(w)
      w:step("a", function() end, 1)
      w:step("b", function() end)
    end)
    local outcome = world:run(function(w)
      w:step("a", function() end)
      w:step("b", function() end)
    end)
    assert.equal("diverged", outcome.failure.detail)
    assert.equal(0, world:count(outcome.run, "step.completed", "b"))
  end)
end)
