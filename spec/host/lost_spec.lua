-- A run that another process has taken over: what this one still wants to write is refused, what it
-- has running of it is ended, and it says that the run is lost here.

local testing = require("neap.testing")

local OTHER = 99 -- the owner that nobody here is

---Another process takes the run at its fence, as neap.host.begin does.
local function take(world)
  local run = next(world.host.runs)
  world.store:commit({ run = run, at = 0, events = { { type = "run.taken_over",
    data = { from = 1, fence = 2 } } },
    guards = { { "lease.take", { run = run, owner = OTHER, fence = 1 } } } }, function(ack)
    assert.truthy(ack)
  end)
end

---Run `flow`; ten seconds later another process takes the run. What is on record afterwards.
local function taken(flow)
  local world = testing.world()
  world.loop:script("hang", { after = 60 })
  world.loop:timer(10, function()
    take(world)
  end)
  local outcome = world:run(flow)
  local types = {}
  for i, event in ipairs(world:events(outcome.run)) do
    types[i] = event.type
  end
  return world, outcome, types
end

local function is_last(types, count)
  assert.equal("run.taken_over", types[#types], table.concat(types, " "))
  assert.equal(count, #types)
end

describe("a run that another process took over", function()
  it("writes nothing of a process that ends after that", function()
    local _, outcome, types = taken(function(w)
      w:run { "hang" }
    end)
    assert.equal("lost", outcome.state)
    is_last(types, 5)
  end)

  it("writes nothing of a step, and calls none after it", function()
    local called = 0
    local _, outcome, types = taken(function(w)
      for i = 1, 3 do
        w:step("body", { key = i }, function()
          called = called + 1
          require("neap").delay "30s"
        end)
      end
    end)
    assert.equal("lost", outcome.state)
    assert.equal(1, called)
    is_last(types, 3)
  end)

  it("writes neither the end of a wait nor its own", function()
    local _, outcome, types = taken(function(w)
      w:sleep("soak", "1m")
    end)
    assert.equal("lost", outcome.state)
    is_last(types, 5)
  end)

  it("leaves the lease to its owner when it goes", function()
    local world, outcome = taken(function(w)
      w:run { "hang" }
    end)
    world.host:release(function() end)
    assert.same({ { owner = OTHER, fence = 2 } },
      world.store:query("SELECT owner, fence FROM lease WHERE run = ?", { outcome.run }))
  end)

  it("has its processes ended here with the first record that is refused", function()
    local world = taken(function(w)
      w:run { "hang" }
    end)
    assert.is_false(world.host:is_busy())
    assert.equal(0, world.host.open)
  end)
end)
