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
  world.began = world.loop:now()
  world.loop:script("hang", { after = 60 })
  world.loop:script("breaks", { code = 1 })
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

  it("learns of it within a moment, though it only waits", function()
    for _, wait in ipairs {
      function(w)
        w:receive "go"
      end,
      function(w)
        w:sleep("soak", "1h")
      end,
      function(w)
        w:run { "breaks", attempts = 2, retry = { initial = "1h", jitter = "none" } }
      end,
    } do
      local world, outcome, types = taken(wait)
      assert.equal("lost", outcome.state)
      assert.equal("run.taken_over", types[#types])
      assert.is_true(world.loop:now() - world.began <= 11, world.loop:now())
    end
  end)
end)

describe("the lease of a run", function()
  ---How often leases were asked for, while `flow` runs to its end.
  local function asked(flow, before)
    local world, count = testing.world(), 0
    local query = world.host.store.query
    world.loop:script("work", { after = 0.01 })
    rawset(world.host.store, "query", function(store, sql, ...)
      count = count + (sql:find("FROM lease", 1, true) and 1 or 0)
      return query(store, sql, ...)
    end)
    if before then
      before(world)
    end
    assert.equal("completed", world:run(flow).state)
    return count
  end

  local function flow(w)
    for i = 1, 50 do
      w:step("short", { key = i }, function() end)
      w:sleep("pause " .. i, "10ms")
      w:run { "work", name = "work " .. i }
    end
  end

  it("is not looked at when nobody else writes", function()
    assert.equal(0, asked(flow))
  end)

  it("is looked at a few times a second, however often others write", function()
    local count = asked(function(w)
      w:sleep("soak", "10s")
    end, function(world)
      local n = 0
      local function write()
        n = n + 1
        if n <= 1000 then
          world.store:commit({ run = "another", at = 0,
            events = { { type = "run.resumed", data = {} } } })
          world.loop:timer(0.01, write)
        end
      end
      write()
    end)
    assert.is_true(count > 10 and count <= 60, count)
  end)
end)
