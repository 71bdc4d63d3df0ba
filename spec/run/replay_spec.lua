-- The first pass and every later one see the same: values, failures, time, chance, context. A flow
-- hands what it has seen to a later step as arguments, so that a difference is a divergence.

local disturbed = require("spec.support.disturbed")
local neap = require("neap")

local function result(flow)
  local outcome = disturbed.run(flow)
  assert.equal("completed", outcome.state, outcome.failure and outcome.failure.message)
  return outcome.result
end

local function seal(w, ...)
  w:step("seal", function() end, ...)
  w:step("after", function() end)
end

describe("the value of a step", function()
  local values = {
    ["nil"] = function() return nil end,
    ["false"] = function() return false end,
    ["neap.null"] = function() return neap.null end,
    ["a null inside"] = function() return { x = neap.null } end,
    ["an empty array"] = function() return neap.array {} end,
    ["empty tables of both kinds"] = function() return { neap.array {}, {}, { x = {} } } end,
    ["numbers"] = function() return { 0.1, 1e300, 2 ^ 53, 1e20, 5e-324, -1.5, 123456789012345 } end,
    ["any text"] = function() return "h\195\169\0\1\127 \240\157\132\158" end,
    ["a long text"] = function() return ("x"):rep(2e5) end,
  }
  for name, make in pairs(values) do
    it("is the same on every pass: " .. name, function()
      result(function(w)
        local value = w:step("value", make)
        seal(w, type(value), value)
      end)
    end)
  end

  it("is the bytes that were marked", function()
    local seen = result(function(w)
      local value = w:step("value", function()
        return { raw = neap.bytes("\255\0x") }
      end)
      seal(w, type(value.raw), #value.raw)
      return { type(value.raw), value.raw == "\255\0x" }
    end)
    assert.same({ "string", true }, seen)
  end)

  it("of a process that prints no text is text all the same", function()
    assert.same({ "string", "string", 6 }, result(function(w)
      local r = w:run { "binary" }
      seal(w, type(r.stdout), type(r.text), #r.stdout)
      return { type(r.stdout), type(r.text), #r.stdout }
    end))
  end)
end)

describe("the arguments of a body", function()
  it("are copies: changing them changes nothing of the workflow", function()
    assert.equal(0, result(function(w)
      local config = { n = 0 }
      w:step("body", function(given)
        given.n = 1
      end, config)
      seal(w, config)
      return config.n
    end))
  end)

  it("may be nil, first and last", function()
    assert.same({ 2, 3, "nil" }, result(function(w)
      return w:step("body", function(a, b, ...)
        return { b, 2 + select("#", ...), type(a) }
      end, nil, 2, nil)
    end))
  end)
end)

describe("a failure", function()
  it("is the same on every pass", function()
    result(function(w)
      local _, failure = w:try(function()
        w:step("body", { attempts = 2 }, function()
          error({ code = 42 })
        end)
      end)
      seal(w, failure.reason, failure.detail, failure.message, failure.attempts, failure.code)
      local _, other = w:try(function()
        w:run { "broken" }
      end)
      w:step("end", function() end, other.message, other.tails, other:tail(3))
    end)
  end)

  it("says what was raised, whatever that was", function()
    local raised = {
      { nil, "nil" }, { false, "false" }, { { code = 42 }, '{"code":42}' }, { print, "a function" },
      { { message = "plain" }, "plain" }, { "\255\254", "\\xff\\xfe" },
      { setmetatable({}, { __tostring = function() return "nice" end }), "nice" },
      { setmetatable({}, { __tostring = function() error("x") end }),
        "an error whose __tostring fails" },
      { setmetatable({}, { __index = function() error("x") end }), "{}" },
    }
    for i = 1, #raised do
      local value, message = raised[i][1], raised[i][2]
      local function body()
        error(value, 0)
      end
      assert.equal(message, result(function(w)
        return select(2, w:try(function()
          w:step("body", { attempts = 1 }, body)
        end)).message
      end))
      local outcome = disturbed.world():run(body)
      assert.equal("failed", outcome.state)
      assert.equal(message, outcome.failure.message)
    end
  end)

  it("of a stack that is full is a failure like others", function()
    local function deeper(n)
      return 1 + deeper(n + 1)
    end
    local world = disturbed.world()
    local outcome = world:run(function(w)
      w:step("body", { attempts = 1 }, function()
        deeper(1)
      end)
    end)
    assert.matches("overflow", outcome.failure.message)
    assert.matches("overflow", world:run(function()
      deeper(1)
    end, { name = "other" }).failure.message)
  end)
end)

describe("time and chance", function()
  it("come from the journal, also past failures, sleeps and versions", function()
    result(function(w)
      local seen = { w:now() }
      w:try(function()
        w:step("fails", { attempts = 2 }, error, "no")
      end)
      seen[2] = w:now()
      w:sleep("nap", 10)
      seen[3] = w:now()
      w:version("change", 2)
      seen[4] = w:now()
      w:try(function()
        w:run { "broken" }
      end)
      seal(w, seen, w:now(), w:random(), w:random(6), w:uuid("x"))
    end)
  end)

  it("are not drawn inside a body, which is skipped later", function()
    local outcome = disturbed.run(function(w)
      w:step("body", function()
        return w:random()
      end)
    end)
    assert.equal("crashed.script", outcome.failure.reason .. "." .. outcome.failure.detail)
  end)
end)

describe("w:version", function()
  it("gives one answer for a name", function()
    assert.same({ 3, 3 }, result(function(w)
      return { w:version("change", 3), w:version("change", 3) }
    end))
  end)

  it("is the new one where the run has not been, though a step was removed", function()
    local world = disturbed.world()
    world:crash_at(5) -- created, started, a, b, c
    world:run(function(w)
      for _, name in ipairs { "a", "b", "c", "d" } do
        w:step(name, function() end)
      end
    end)
    local outcome = world:run(function(w)
      w:step("a", function() end)
      w:step("c", function() end)
      return w:version("change", 2)
    end)
    assert.equal(2, outcome.result)
  end)

  it("is the old one where the run has been", function()
    local world = disturbed.world()
    world:crash_at(4)
    world:run(function(w)
      w:step("a", function() end)
      w:step("b", function() end)
      w:step("c", function() end)
    end)
    local outcome = world:run(function(w)
      w:step("a", function() end)
      local version = w:version("change", 2)
      w:step("b", function() end)
      w:step("c", function() end)
      return version
    end)
    assert.equal(1, outcome.result)
  end)
end)

describe("the context", function()
  it("holds what was written, with each kind of value", function()
    result(function(w)
      w.context.flag = false
      w.context.gone = 1
      w:step("body", function()
        w.context.list = neap.array {}
        w.context.raw = neap.bytes("\255")
        w.context.gone = nil
        w.context.deep = { a = { 1, 2 } }
      end)
      w.context.deep.a[1] = 9
      seal(w, w.context.flag, w.context.list, #w.context.raw, w.context.gone == nil, w.context.deep)
    end)
  end)

  it("forgets what a failed body wrote", function()
    assert.equal(0, result(function(w)
      w.context.n = 0
      w:try(function()
        w:step("body", { attempts = 3 }, function()
          w.context.n = w.context.n + 1
          error("no")
        end)
      end)
      return w.context.n
    end))
  end)

  it("refuses names that would hide its methods, and values too large", function()
    for name, value in pairs { all = 1, set_once = 1, snapshot = 1, large = ("x"):rep(20000) } do
      local outcome = disturbed.world():run(function(w)
        w.context[name] = value
      end)
      assert.equal("script", outcome.failure.detail, name)
    end
  end)

  it("says which value it cannot hold", function()
    local outcome = disturbed.world():run(function(w)
      w.context["100%1"] = { deep = { print } }
    end)
    assert.equal("context.100%1.deep[1]: a function cannot be written as JSON",
      outcome.failure.message)
  end)
end)
