-- Clean-ups run when a run fails or is cancelled: all of them, last first, each once, also when the
-- process dies in between.

local testing = require("neap.testing")
local disturbed = require("spec.support.disturbed")

local function keys(world, run)
  local list = {}
  for i, row in ipairs(world.store:query(
    "SELECT key, state FROM step WHERE run = ? AND key LIKE 'cleanup%' ORDER BY n", { run })) do
    list[i] = row.key .. " " .. row.state
  end
  return list
end

describe("w:cleanup", function()
  it("runs all of them, also those whose steps have one name, and past an error", function()
    local outcome, world = disturbed.run(function(w)
      w:cleanup(function(c)
        c:step("undo", function() end)
      end)
      w:cleanup(function()
        error("this one is broken")
      end)
      w:cleanup(function(c)
        c:step("undo", function() end)
        c:run { "greet" }
      end)
      w:fail("no good")
    end)
    assert.equal("no good", outcome.failure.message)
    assert.same({ "cleanup#3/undo completed", "cleanup#3/greet completed", "cleanup#3 completed",
      "cleanup#2 failed", "cleanup#1/undo completed", "cleanup#1 completed" },
      keys(world, outcome.run))
  end)

  it("sees the context of the run", function()
    local outcome = disturbed.run(function(w)
      w:step("make", function()
        w.context.made = "it"
      end)
      w:cleanup(function(c)
        c:step("undo", function() end, c.context.made)
      end)
      w:fail("no good")
    end)
    assert.equal("failed", outcome.state)
  end)

  it("does not run when the run completes", function()
    local outcome, world = disturbed.run(function(w)
      w:cleanup(function(c)
        c:step("undo", function() end)
      end)
      return 1
    end)
    assert.same({}, keys(world, outcome.run))
  end)

  it("may run processes after a cancel, and no second cancel reaches it", function()
    local function flow(w)
      w:cleanup(function(c)
        c:run { "greet" }
        c:sleep("a while", 1)
        c:run { "greet", name = "again" }
      end)
      w:run { "hang" }
    end
    local function cancel(world)
      for id in pairs(world.host.runs) do
        world:send(id, "cancel", nil)
      end
    end
    for event = 2, 16 do
      local world, outcome = disturbed.world(), nil
      world:crash_at(event)
      for _ = 1, 3 do
        world.loop:timer(2, function()
          cancel(world)
        end)
        world.loop:timer(2.7, function()
          cancel(world)
        end)
        outcome = world:run(flow)
        if outcome.state ~= "crashed" then
          break
        end
      end
      assert.equal("cancelled", outcome.state, "event " .. event)
      assert.equal("completed", world.store:query(
        "SELECT state FROM step WHERE key = 'cleanup#1/again'")[1].state, "event " .. event)
    end
  end)

  it("waits while a person may still retry", function()
    local world = testing.world()
    world.loop:script("broken", { code = 3 })
    local outcome = world:run(function(w)
      w:cleanup(function(c)
        c:step("undo", function() end)
      end)
      w:run { "broken" }
    end)
    assert.equal("stalled", outcome.state)
    assert.equal(0, world:count(outcome.run, "step.completed"))
    world:send(outcome.run, "cancel", nil)
    world:drive()
    outcome = world:run(function(w)
      w:cleanup(function(c)
        c:step("undo", function() end)
      end)
      w:run { "broken" }
    end)
    assert.equal("cancelled", outcome.state)
    assert.equal(1, world:count(outcome.run, "step.completed", "cleanup#1/undo"))
  end)
end)
