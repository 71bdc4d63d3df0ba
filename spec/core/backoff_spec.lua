-- The backoff alone: its Lua face and its bounds.
local backoff = require("neap.native").backoff

describe("backoff", function()
  it("grows to the cap and begins again after reset", function()
    local b = backoff.new { initial = "500ms", max = 5, multiplier = 2, jitter = "none" }
    for _, expected in ipairs { 0.5, 1, 2, 4, 5, 5 } do
      assert.equal(expected, b:next(0))
    end
    b:reset()
    assert.equal(0.5, b:next())
  end)

  it("is at the cap at once with a multiplier without end", function()
    local b = backoff.new { initial = 1, max = 5, multiplier = math.huge, jitter = "none" }
    assert.same({ 1, 5, 5 }, { b:next(0), b:next(0), b:next(0) })
  end)

  it("cuts to whole nanoseconds, as the original does", function()
    local b = backoff.new { jitter = "none" }
    local last
    for _ = 1, 10 do
      last = b:next(0)
    end
    assert.equal(19.221679687, last)
  end)

  it("stops when the wait would pass max_elapsed, and not at it", function()
    local b = backoff.new { initial = 1, multiplier = 1, jitter = "none", max_elapsed = "10s" }
    assert.equal(1, b:next(9))
    assert.same({ nil, "stop" }, { b:next(9.000000001) })
    assert.equal(1, b:next(0))
    b = backoff.new { initial = 1, jitter = "none", max_elapsed = 0 }
    assert.equal(1, b:next(1e9))
    b = backoff.new { initial = 1, jitter = "none" }
    assert.same({ nil, "stop" }, { b:next(899.5) })
  end)

  it("counts the current attempt among its attempts", function()
    local b = backoff.new { attempts = 3, jitter = "none", initial = 1, multiplier = 3 }
    assert.equal(1, b:next(0))
    assert.equal(3, b:next(0))
    assert.same({ nil, "stop" }, { b:next(0) })
    assert.same({ nil, "stop" }, { backoff.new({ attempts = 1 }):next(0) })
  end)

  it("keeps every jitter within its bounds and below the cap", function()
    local bounds = {
      none = { 1, 1 },
      proportional = { 0.5, 1.5 },
      equal = { 0.5, 1 },
      full = { 0, 1 },
    }
    for jitter, bound in pairs(bounds) do
      for seed = 0, 50 do
        local b =
          backoff.new { initial = 1, max = 10, multiplier = 2, jitter = jitter, seed = seed }
        for _, interval in ipairs { 1, 2, 4, 8, 10, 10 } do
          local delay = b:next(0)
          assert.is_true(delay >= interval * bound[1])
          assert.is_true(delay <= math.min(10, interval * bound[2]))
        end
      end
    end
    local b, last = backoff.new { initial = 1, max = 10, jitter = "decorrelated", seed = 3 }, 1
    for _ = 1, 100 do
      local delay = b:next(0)
      assert.is_true(delay >= 1 and delay <= math.min(10, 3 * last))
      last = delay
    end
  end)

  it("is as its seed says, and unlike any other without one", function()
    local function first(seed)
      local b = backoff.new { jitter = "full", seed = seed }
      return { b:next(0), b:next(0), b:next(0) }
    end
    assert.same(first(7), first(7))
    assert.are_not.same(first(7), first(8))
    assert.are_not.same(first(), first())
  end)

  it("is there by itself, as a field of neap and as a module", function()
    for _, make in ipairs { require("neap").backoff, require("neap.backoff") } do
      assert.equal(1, make { initial = 1, jitter = "none" }:next(0))
    end
  end)

  it("raises on misuse, naming the option", function()
    for _, case in ipairs {
      { { intial = 1 }, 'backoff: unknown option "intial" %(did you mean "initial"%?%)' },
      { { jitter = "some" }, 'backoff.jitter: "some" is not one of "proportional", "none"' },
      { { initial = -1 }, "backoff.initial: %-1 s is less than 0 s" },
      { { max = {} }, "backoff.max: expected a number of seconds or a text" },
      { { attempts = 0 }, "backoff.attempts: 0 is not a whole number from 1 on" },
      { { initial = 0 / 0 }, "backoff.initial: expected a number of seconds .*, got nan" },
      { { multiplier = 0 / 0 }, "backoff.multiplier: nan is not between 0 and inf" },
      { { seed = -1 }, "backoff.seed: %-1 is not between 0 and" },
      { { seed = 1.5 }, "backoff.seed: 1.5 is not a whole number" },
      { { factor = 2 }, "backoff.factor: 2 is not between 0 and 1" },
      { "1s", "backoff: expected a table, got string" },
    } do
      assert.error_matches(function()
        backoff.new(case[1])
      end, case[2])
    end
    assert.error_matches(function()
      backoff.new():next(0 / 0)
    end, "not a number of seconds")
  end)
end)
