-- Lua nodes of a graph: each has a scope of its own, so that what runs beside it changes nothing,
-- on the first pass and on every later one.

local disturbed = require("spec.support.disturbed")
local neap = require("neap")
local task = neap.task
local task_of = require("neap.graph.task")

local function run(define)
  local _, _, graph = assert(task_of.collect("/world/graph.lua", define))
  return disturbed.run { kind = "graph", graph = graph, name = "graph", file = "/world/graph.lua" }
end

local function value(world, key)
  local row = world.store:query("SELECT value FROM step WHERE key = ?", { key })[1]
  return row and row.value
end

describe("a Lua node", function()
  it("has a context and a clock of its own", function()
    local _, world = run(function()
      for i = 1, 3 do
        task("t" .. i) { run = function(w)
          w.context.n = 0
          for k = 1, 3 do
            w:step("count", { key = k }, function()
              local n = w.context.n
              neap.delay(i / 10)
              w.context.n = n + 1
            end)
            w:sleep("nap", i)
            w:step("seal", function() end, w.context.n, math.floor(w:now()))
          end
          return w.context.n
        end }
      end
    end)
    assert.same({ "3", "3", "3" }, { value(world, "t1"), value(world, "t2"), value(world, "t3") })
  end)

  it("begins at the end of its needs", function()
    local _, world = run(function()
      task "first" { run = function(w)
        w:sleep("nap", 60)
      end }
      task "then" { needs = "first", run = function(w)
        return math.floor(w:now())
      end }
    end)
    assert.equal("1760000060", value(world, "then"))
  end)

  it("gets copies of what it needs", function()
    local _, world = run(function()
      task "made" { run = function()
        return { n = 1 }
      end }
      local function add(_, results)
        results.made.n = results.made.n + 1
        return results.made.n
      end
      task "one" { run = add, needs = "made" }
      task "two" { run = add, needs = { "made", "one" } }
    end)
    assert.same({ "2", "2" }, { value(world, "one"), value(world, "two") })
  end)

  it("cleans up after itself when it fails, once", function()
    local outcome, world = run(function()
      task "fails" { run = function(w)
        w:cleanup(function(c)
          c:run { "greet" }
        end)
        w:fail("no good")
      end }
      task "other" { "greet" }
    end)
    assert.equal("no good", outcome.failure.message)
    assert.is_string(value(world, "fails/cleanup#1/greet"))
  end)

  it("that gives what JSON cannot hold fails, and so does one whose condition breaks", function()
    local outcome, world = run(function()
      task "gives" { run = function()
        return print
      end }
      task "asks" { "greet", when = function()
        error { code = 1 }
      end }
    end)
    assert.equal("failed", outcome.state)
    assert.equal(2, world.store:query(
      "SELECT count(*) AS n FROM step WHERE state = 'failed'")[1].n)
  end)
end)

describe("one signal for many", function()
  it("is taken by one of them: each message once", function()
    local world = disturbed.world()
    local _, _, graph = assert(task_of.collect("/world/graph.lua", function()
      for i = 1, 3 do
        task("t" .. i) { run = function(w)
          return w:receive("go")
        end }
      end
    end))
    local outcome = world:run { kind = "graph", graph = graph, name = "graph",
      file = "/world/graph.lua" }
    assert.equal("waiting", outcome.state)
    for i = 1, 3 do
      world:send(outcome.run, "go", i)
    end
    world:drive()
    assert.equal("completed", world:row(outcome.run).state)
    local taken = { value(world, "t1"), value(world, "t2"), value(world, "t3") }
    table.sort(taken)
    assert.same({ "1", "2", "3" }, taken)
  end)
end)
