-- Processes as steps, in a simulated world: intent, outcome, retries, limits, tails, recovery.

local testing = require("neap.testing")
require("neap.agent.events")

local function types(world, run)
  local list = {}
  for _, e in ipairs(world:events(run)) do
    list[#list + 1] = e.type
  end
  return table.concat(list, " ")
end

describe("w:run", function()
  local world

  before_each(function()
    world = testing.world()
    world.loop:script("true", { code = 0 })
    world.loop:script("greet", { stdout = "hello\n", code = 0, after = 0.5 })
    world.loop:script("broken", { stderr = "no such thing\n", code = 3 })
    world.loop:script("hang", { after = 3600 })
  end)

  it("puts the intent on record, then the start, then the end", function()
    local outcome = world:run(function(w)
      return w:run { "greet" }.text
    end)
    assert.equal("hello", outcome.result)
    assert.equal("run.created run.started attempt.intended attempt.started attempt.ended "
      .. "run.completed", types(world, outcome.run))
  end)

  it("gives the same result on replay, without running it again", function()
    local function flow(w)
      local r = w:run { "greet" }
      w:step("after", function() end)
      return { r.text, r.code }
    end
    world:crash_at(6)
    world:run(flow)
    assert.same({ "hello", 0 }, world:run(flow).result)
    assert.equal(1, #world.loop:spawned())
  end)

  it("raises a failure with reason, detail and the tail of its output", function()
    local outcome = world:run(function(w)
      local _, failure = w:try(function()
        w:run { "broken", "x" }
      end)
      return { failure.reason, failure.detail, failure.attempts, failure:tail(1), failure.step }
    end)
    assert.same({ "crashed", "exit:3", 1, "no such thing\n", "broken" }, outcome.result)
  end)

  it("keeps the last 4,096 bytes of both streams in the blob store", function()
    world.loop:script("loud", { stdout = ("x"):rep(5000) .. "end", code = 0 })
    local outcome = world:run(function(w)
      w:run { "loud" }
    end)
    local row = world.store:query("SELECT stdout FROM attempt WHERE run = ?", { outcome.run })[1]
    local tail = world.store:blob(row.stdout)
    assert.equal(4096, #tail)
    assert.equal("xend", tail:sub(-4))
  end)

  it("tries again as its policy says, and the failure counts the attempts", function()
    local outcome = world:run(function(w)
      w:run { "broken", attempts = 3 }
    end)
    assert.equal("stalled", outcome.state)
    assert.equal(3, #world.loop:spawned())
    assert.equal(3, outcome.failure.attempts)
  end)

  it("ends a process at its timeout, and says so", function()
    local outcome = world:run(function(w)
      w:run { "hang", timeout = "90s" }
    end)
    assert.equal("timeout", outcome.failure.reason)
    assert.equal("wall", outcome.failure.detail)
  end)

  it("ends a silent process", function()
    local outcome = world:run(function(w)
      w:run { "hang", silence = "10s" }
    end)
    assert.equal("timeout", outcome.failure.reason)
    assert.equal("silence", outcome.failure.detail)
  end)

  it("ends a process that has told its result and does not go; the result stands", function()
    world.loop:script("chatty", { after = 3600, code = 1,
      lines = { { 1, "working" }, { 2, "result" }, { 3, "goodbye" } } })
    local began = world.loop:now()
    local outcome = world:run(function(w)
      return w:run { kind = "agent", name = "chat", args = {}, argv = { "chatty" }, silence = 60,
        policy = require("neap.policy.retry").defaults.command,
        stream = function()
          return {
            line = function(_, text)
              return { final = text == "result" }
            end,
            finish = function(_, facts)
              return { terminal = { reason = "normal", message = facts.stopped } }
            end,
          }
        end,
        value = function(facts)
          return facts.stopped
        end }
    end)
    assert.equal("completed", outcome.state)
    assert.equal("killed.lingering", outcome.result)
    assert.equal(7, world.loop:now() - began)
  end)

  it("gives a value of false, now and on replay", function()
    local function flow(w)
      local value = w:run { kind = "gate", name = "ask", args = {}, argv = { "true" },
        policy = require("neap.policy.retry").defaults.command,
        value = function()
          return false
        end }
      w:step("after", function() end)
      return { value == false }
    end
    world:crash_at(6)
    world:run(flow)
    assert.same({ true }, world:run(flow).result)
    assert.same({ true }, world:run(flow).result)
  end)

  it("gives each attempt its mark", function()
    local outcome = world:run(function(w)
      w:run { "broken", attempts = 2 }
    end)
    local rows = world.store:query("SELECT mark FROM attempt WHERE run = ? ORDER BY attempt",
      { outcome.run })
    assert.equal(outcome.run .. "/broken/1/1", rows[1].mark)
    assert.equal(outcome.run .. "/broken/1/2", rows[2].mark)
  end)
end)

describe("a crash", function()
  it("at any event leaves what an undisturbed run leaves, and no budget is spent", function()
    local function flow(w)
      w:step("first", function()
        return 1
      end)
      local r = w:run { "greet" }
      w:sleep("soak", "1h")
      return r.text .. w:run { "greet", name = "again" }.text
    end
    for event = 1, 14 do
      for _, before in ipairs { true, false } do
        local world = testing.world()
        world.loop:script("greet", { stdout = "hello\n", code = 0, after = 0.5 })
        world:crash_at(event, before)
        local outcome = world:run(flow)
        for _ = 1, 3 do
          if outcome.state ~= "completed" then
            outcome = world:run(flow)
          end
        end
        assert.equal("completed", outcome.state, "event " .. event)
        assert.equal("hellohello", outcome.result)
        local failed = world.store:query(
          "SELECT count(*) AS n FROM step WHERE state <> 'completed'")[1].n
        assert.equal(0, failed, "event " .. event)
      end
    end
  end)

  it("more than five times in a row stalls the step as poison", function()
    local world = testing.world()
    world.loop:script("hang", { after = 3600 })
    local function flow(w)
      w:run { "hang" }
    end
    local outcome
    for i = 1, 8 do
      -- created, started, intended, started; later: taken over, ended, intended, started
      world:crash_at(4)
      outcome = world:run(flow)
      if outcome.state ~= "crashed" then
        assert.equal(7, i)
        break
      end
    end
    assert.equal("stalled", outcome.state)
    assert.equal("poison", outcome.failure.detail)
  end)

  it("that comes each time before the start is on record stalls the step as well", function()
    local world = testing.world()
    local function flow(w)
      w:run { "calm" }
      w:run { "deadly" }
    end
    world.loop:script("calm", { code = 0 })
    world.loop:script("deadly", { after = 3600 })
    local deaths, outcome = 0
    repeat
      -- created, started, intended, started, ended, intended | later: taken over, ended, intended
      world:crash_at(deaths == 0 and 7 or 4, true)
      outcome = world:run(flow)
      deaths = deaths + (outcome.state == "crashed" and 1 or 0)
    until outcome.state ~= "crashed" or deaths == 9
    assert.equal(6, deaths)
    assert.equal("stalled", outcome.state)
    assert.equal("deadly", outcome.failure.step)
    assert.equal("poison", outcome.failure.detail)
  end)
end)

describe("w:effect", function()
  it("has its intent on record first, and knows when it was interrupted", function()
    local world = testing.world()
    local seen = setmetatable({}, {})
    local function flow(w)
      return w:effect("move", { kind = "merge", args = { "main" } }, function(attempt)
        rawset(seen, #seen + 1, attempt.interrupted)
        return attempt.attempt
      end)
    end
    world:crash_at(4, true) -- created, started, intended | ended
    world:run(flow)
    local outcome = world:run(flow)
    assert.equal(2, outcome.result)
    assert.same({ false, true }, { seen[1], seen[2] })
  end)

  it("knows since when it has been tried, after a crash and after a failure", function()
    local world = testing.world()
    local seen = setmetatable({}, {})
    local function flow(w)
      return w:effect("move", { attempts = 2, retry = { initial = 5 } }, function(attempt)
        rawset(seen, #seen + 1, attempt.since or "first")
        error("not yet")
      end)
    end
    world:crash_at(4, true)
    world:run(flow)
    local outcome = world:run(flow)
    local began = world.store:query([[SELECT at FROM event WHERE type = 'attempt.intended'
      ORDER BY n LIMIT 1]])[1].at
    assert.equal("stalled", outcome.state)
    assert.same({ "first", began, began }, { seen[1], seen[2], seen[3] })
  end)

  it("carries events in the transaction of its outcome", function()
    local world = testing.world()
    local outcome = world:run(function(w)
      w:effect("gate", {}, function()
        w:emit("agent.session", { session = "s", generation = 1 })
      end)
    end)
    assert.equal(1, world:count(outcome.run, "agent.session"))
  end)
end)
