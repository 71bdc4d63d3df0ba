-- What a script may not do ends its run with a message that says what to do instead; nothing hangs
-- and nothing of it is half on record.

local disturbed = require("spec.support.disturbed")
local neap = require("neap")

local function message(flow)
  local outcome = disturbed.run(flow)
  assert.is_true(outcome.state == "failed" or outcome.state == "stalled", outcome.state)
  return outcome.failure.message
end

describe("a misuse is told:", function()
  local cases = {
    { "a body that changes a table inside a local", "changed the local \"config\"", function(w)
      local config = { list = { 0 } }
      w:step("body", function()
        config.list[1] = config.list[1] + 1
        return config.list[1]
      end)
    end },
    { "a wait in a coroutine of the script's own", "coroutine of the script's own", function(w)
      w:step("body", { attempts = 1 }, function()
        return coroutine.wrap(function()
          return neap.exec { "greet" }.text
        end)()
      end)
    end },
    { "a call with a dot", "w:step is called without its w", function(w)
      w.step("dot", function() end)
    end },
    { "an empty range to draw from", "no number between its bounds", function(w)
      w:random(0)
    end },
    { "a bound that is no number", "w:random: a bound must be a whole number, not x", function(w)
      w:random("x")
    end },
    { "a version that is none", "w:version \"a\": the version must be a whole number", function(w)
      w:version("a", "x")
    end },
    { "a step without a name", "the name of a step must be a string, not a function", function(w)
      w:step(function() end)
    end },
    { "an argument that is no JSON", 'argument 2 of step "body": a function', function(w)
      w:step("body", function() end, 1, print)
    end },
    { "a yield to nobody, in workflow code", "coroutine.yield outside", function()
      coroutine.yield(1)
    end },
    { "a yield to nobody, in a body", "coroutine.yield outside", function(w)
      w:step("body", { attempts = 1 }, function()
        coroutine.yield(1)
      end)
    end },
    { "a step inside table.sort", "inside table.sort", function(w)
      table.sort({ 3, 1, 2 }, function(a, b)
        w:step("compare", function() end, a, b)
        return a < b
      end)
    end },
    { "a wait inside string.gsub", "cannot inside table.sort", function(w)
      w:step("body", { attempts = 1 }, function()
        return (("abc"):gsub(".", function()
          return neap.exec { "greet" }.text
        end))
      end)
    end },
    { "a step in a step", "a step holds no steps", function(w)
      w:step("outer", function()
        w:step("inner", function() end)
      end)
    end },
    { "an event outside a body", "w:emit outside a step body", function(w)
      w:emit("agent.session", {})
    end },
    { "a key that is no text", "must be a string or a number", function(w)
      w:step("body", { key = {} }, function() end)
    end },
    { "a key that could be another's", "must be text without ]", function(w)
      w:step("body", { key = "a]/b[c" }, function() end)
    end },
    { "a key with control characters", "must be text without ]", function(w)
      w:step("body", { key = "\0" }, function() end)
    end },
    { "a message with a meaning of its own", "ends the run", function(w)
      w:receive("cancel")
    end },
    { "a clean-up inside a clean-up", "", function(w)
      w:cleanup(function(inner)
        inner:cleanup(function() end)
      end)
      w:fail("x")
    end },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      assert.matches(case[2], message(case[3]), 1, true)
    end)
  end
end)

describe("a body with a timeout", function()
  it("ends there, at what it waits for, and what it waited for is ended too", function()
    local world = disturbed.world()
    local outcome = world:run(function(w)
      local _, failure = w:try(function()
        w:step("body", { timeout = "5s", attempts = 1 }, function()
          neap.exec { "hang" }
        end)
      end)
      return { failure.reason, failure.detail, w:now() }
    end)
    assert.same({ "timeout", "wall" }, { outcome.result[1], outcome.result[2] })
    assert.is_true(outcome.result[3] - 1760000000 < 15)
  end)
end)

describe("what no process can be given", function()
  local given = {
    { "argument 2 holds a NUL byte", { "greet", "a\0b" } },
    { "argument 2 is nil, not a string", { "greet", nil, "x" } },
    { "env.A holds a NUL byte", { "greet", env = { A = "\0" } } },
    { '"A=B" is no name of a variable', { "greet", env = { ["A=B"] = "x" } } },
    { "env.X is table, not a string", { "greet", env = { X = {} } } },
    { "cwd holds a NUL byte", { "greet", cwd = "a\0" } },
    { "the route \"retry_different\" needs another agent", { "greet",
      retry = neap.retry.on "crashed" { attempts = 2, route = "retry_different" } } },
  }
  for _, case in ipairs(given) do
    it("is refused: " .. case[1], function()
      local outcome = disturbed.world():run(function(w)
        w:run(case[2])
      end)
      assert.equal("script", outcome.failure.detail)
      assert.matches(case[1], outcome.failure.message, 1, true)
    end)
  end

  it("is not an argument that is no text", function()
    disturbed.run(function(w)
      w:run { "greet", "\255" }
    end)
  end)
end)
