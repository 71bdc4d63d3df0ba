-- What a script sees, by what it is doing: workflow code may not look at the world.

local testing = require("neap.testing")
local sandbox = require("neap.run.sandbox")

local function flow_of(text)
  local env = sandbox.new("/nowhere", function() end)
  return setfenv(assert(loadstring(text)), env)()
end

local function run(text)
  return testing.world():run(flow_of(text))
end

describe("workflow code", function()
  for call, instead in pairs {
    ["os.time()"] = "w:now", ["os.clock()"] = "w:now", ["math.random()"] = "w:random",
    ["io.open('x')"] = "w:step", ["os.getenv('HOME')"] = "w:step",
    ["os.execute('true')"] = "neap.exec", ["io.popen('true')"] = "neap.exec",
    ["require('os').time()"] = "w:now", ["require('io').open('x')"] = "w:step",
    ["require('math').random()"] = "w:random", ["require('os').exit(3)"] = "return from",
    ["require('_G').os.time()"] = "w:now",
  } do
    it("may not call " .. call .. ", and is told what to call", function()
      local outcome = run("return function(w) return " .. call .. " end")
      assert.equal("failed", outcome.state)
      assert.matches(instead, outcome.failure.message, 1, true)
    end)
  end

  it("may do so in a step, but for what blocks", function()
    local outcome = run([[return function(w)
      return w:step("look", function()
        local ok = pcall(os.execute, "true")
        return { type(os.time()), math.random() < 1, io.open("/nowhere") == nil, ok }
      end)
    end]])
    assert.same({ "number", true, true, false }, outcome.result)
  end)

  it("walks tables in order", function()
    local outcome = run([[return function(w)
      local keys = {}
      for k in pairs { b = 1, a = 2, c = 3, [1] = 0 } do keys[#keys + 1] = tostring(k) end
      return table.concat(keys)
    end]])
    assert.equal("1abc", outcome.result)
  end)

  it("may not write globals", function()
    local outcome = run("return function(w) oops = 1 end")
    assert.matches("oops", outcome.failure.message)
    assert.is_nil(rawget(_G, "oops"))
  end)

  it("may not use a w inside a step, nor a w of another coroutine", function()
    local outcome = run([[return function(w)
      w:step("outer", { attempts = 1 }, function() w:step("inner", function() end) end)
    end]])
    assert.matches("holds no steps", outcome.failure.message)
    outcome = run([[return function(w)
      local co = coroutine.wrap(function() w:step("x", function() end) end)
      co()
    end]])
    assert.equal("failed", outcome.state)
  end)
end)
