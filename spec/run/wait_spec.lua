-- Waits hold no process: sleeps keep their deadline, messages are never lost nor doubled.

local testing = require("neap.testing")

describe("w:sleep", function()
  it("keeps its deadline over a crash", function()
    local world = testing.world()
    local function flow(w)
      w:sleep("soak", "24h")
      return w:now()
    end
    world:crash_at(3)
    world:run(flow)
    local began = world.loop:wall()
    local outcome = world:run(flow)
    assert.equal("completed", outcome.state)
    assert.is_true(world.loop:wall() - 1760000000 >= 86400)
    assert.is_true(world.loop:wall() - began <= 86400.5)
    assert.is_true(outcome.result >= 1760000000 + 86400)
  end)

  it("puts the run into waiting and back, each as one event", function()
    local world = testing.world()
    local outcome = world:run(function(w)
      w:sleep("a", "1h")
    end)
    assert.equal(1, world:count(outcome.run, "run.waiting"))
    assert.equal(1, world:count(outcome.run, "run.resumed"))
  end)
end)

-- The machine's clock is set, `by` seconds from what it shows, 600 seconds after the beginning.
describe("while the clock is set", function()
  local function world_with(by)
    local world = testing.world()
    world.loop:timer(600, function()
      world.loop:set_wall(world.loop:wall() + by)
    end)
    return world
  end

  local function sleep(w)
    w:sleep("soak", "1h")
    return w:now()
  end

  ---It ends at its deadline of the wall, `took` seconds after the beginning.
  local function check(by, took)
    local world = world_with(by)
    local outcome = world:run(sleep)
    assert.equal("completed", outcome.state)
    local due = world.store:query("SELECT data ->> 'until' AS due FROM event "
      .. "WHERE type = 'wait.began'")[1].due
    assert.is_true(math.abs(due - 1760003600000) < 10)
    assert.is_true(math.abs(world.loop:now() - took) < 0.1, tostring(world.loop:now()))
    assert.is_true(outcome.result * 1000 >= due)
    assert.equal(1, world:count(outcome.run, "wait.ended"))
  end

  it("a sleep ends with it when it is set forwards, over its deadline", function()
    check(7200, 600)
  end)

  it("a sleep ends sooner when it is set forwards, up to before its deadline", function()
    check(1800, 1800)
  end)

  it("a sleep ends later when it is set back", function()
    check(-86400, 3600 + 86400)
  end)

  it("it stays right over a crash", function()
    local world = world_with(-1800)
    world:crash_at(3)
    assert.equal("crashed", world:run(sleep).state)
    world:drive()
    local outcome = world:run(sleep)
    assert.equal("completed", outcome.state)
    assert.is_true(math.abs(world.loop:now() - 5400) < 0.1, tostring(world.loop:now()))
  end)

  it("what is received until a time, and what is retried at one, keep to it too", function()
    local world, times = world_with(1800), {}
    local function note()
      times[#times + 1] = world.loop:now()
      return #times
    end
    local outcome = world:run(function(w)
      local _, why = w:receive("go", { timeout = "1h" })
      note()
      w:step("again", { retry = { attempts = 2, initial = "1h", max = "1h", jitter = "none" } },
        function()
          if note() == 2 then
            world.loop:timer(600, function()
              world.loop:set_wall(world.loop:wall() - 600)
            end)
            error "once"
          end
        end)
      return why
    end)
    assert.equal("timeout", outcome.result)
    for i, at in ipairs { 1800, 1800, 1800 + 4200 } do
      assert.is_true(math.abs(times[i] - at) < 0.1, ("%d: %g"):format(i, times[i]))
    end
  end)

  it("a process has the time it was given", function()
    local world = world_with(7200)
    world.loop:script("^long", { after = 1200 })
    local outcome = world:run(function(w)
      return w:run({ "long", timeout = "30m", silence = "25m" }).code
    end)
    assert.equal(0, outcome.result)
  end)
end)

describe("w:receive", function()
  it("takes a message that was sent before the wait", function()
    local world = testing.world()
    local function flow(w)
      w:step("first", function() end)
      return w:receive("go")
    end
    world:crash_at(3)
    local crashed = world:run(flow)
    world:boot()
    world:send(crashed.run, "go", { ok = true })
    world:drive()
    local outcome = world:run(flow)
    assert.same({ ok = true }, outcome.result)
    assert.equal(0, #world.store:query("SELECT 1 FROM inbox"))
  end)

  it("wakes for a message and is delivered once", function()
    local world = testing.world()
    local function flow(w)
      return { w:receive("go"), w:receive("go", { timeout = "1h" }) or "none" }
    end
    local outcome = world:run(flow)
    assert.equal("waiting", outcome.state)
    world:send(outcome.run, "go", 1, "same")
    world:send(outcome.run, "go", 1, "same")
    world:drive()
    assert.equal("completed", world:row(outcome.run).state)
    assert.equal('[1,"none"]', world:row(outcome.run).result)
  end)

  it("gives nil and \"timeout\" when its time comes", function()
    local world = testing.world()
    local outcome = world:run(function(w)
      local value, why = w:receive("go", { timeout = "3d" })
      return { value == nil, why }
    end)
    assert.same({ true, "timeout" }, outcome.result)
  end)
end)

describe("a cancel", function()
  local function cancelled(flow)
    local world = testing.world()
    local outcome = world:run(flow)
    world:send(outcome.run, "cancel", nil)
    world:drive()
    return world, outcome.run
  end

  it("ends a wait, once, and lets clean-up run", function()
    local world, run = cancelled(function(w)
      w:cleanup(function(c)
        c:step("undo", function()
          return "undone"
        end)
      end)
      w:receive("never")
    end)
    assert.equal("cancelled", world:row(run).state)
    assert.equal(1, world:count(run, "step.completed", "cleanup#1/undo"))
    assert.equal(1, world:count(run, "run.cancel_requested"))
    assert.is_nil(world:row(run).waits)
  end)

  it("ends a stalled run", function()
    local world = testing.world()
    local function flow(w)
      w:step("broken", { attempts = 1 }, function()
        error("no")
      end)
    end
    local outcome = world:run(flow)
    assert.equal("stalled", outcome.state)
    world:send(outcome.run, "cancel", nil)
    assert.equal("cancelled", world:run(flow).state)
    assert.equal(1, world:count(outcome.run, "run.cancelled"))
  end)

  it("survives a crash between the request and the end", function()
    local world = testing.world()
    local function flow(w)
      w:receive("never")
    end
    local outcome = world:run(flow)
    world:crash_at(1)
    world:send(outcome.run, "cancel", nil)
    world:drive()
    assert.equal("cancelled", world:run(flow).state)
  end)
end)

describe("a message with a command", function()
  it("is delivered once, also when it is sent again later", function()
    local world = testing.world()
    local function flow(w)
      local first = w:receive("go")
      local second = w:receive("go", { timeout = "1h" })
      return { first, second == nil }
    end
    local outcome = world:run(flow)
    world:send(outcome.run, "go", 1, "cmd")
    world.host:drive(function()
      return world:count(outcome.run, "wait.ended") == 1
    end)
    world:send(outcome.run, "go", 1, "cmd")
    world:drive()
    assert.equal("[1,true]", world:row(outcome.run).result)
  end)
end)

describe("one command for two runs", function()
  it("reaches both of them", function()
    local world = testing.world()
    local function flow(w)
      return w:receive "go"
    end
    local first = world:run(flow, { name = "first" })
    local second = world:run(flow, { name = "second" })
    world:send(first.run, "go", 1, "deploy")
    world:send(second.run, "go", 2, "deploy")
    world:drive()
    assert.equal("1", world:row(first.run).result)
    assert.equal("2", world:row(second.run).result)
  end)
end)
