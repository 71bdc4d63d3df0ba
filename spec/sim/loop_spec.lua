local guard = require "spec.support.guard"
local native = require "neap.native"

local WEEK = 7 * 24 * 3600

describe("the simulated loop", function()
  guard.watch(before_each, after_each)

  it("lets a week pass at once, in order", function()
    local loop, seen = guard.loop(native.sim.new { wall = 1000 }), {}
    local function note(name)
      return guard.once(function()
        seen[#seen + 1] = name
      end)
    end
    loop:timer(WEEK, note "timer")
    loop:alarm(1000 + WEEK, note "alarm")
    loop:timer(WEEK - 1, note "before")
    loop:timer(WEEK, note "second timer")
    loop:defer(note "deferred")
    assert.is_false(loop:run())
    assert.same({ "deferred", "before", "timer", "second timer", "alarm" }, seen)
    assert.equal(WEEK, loop:now())
    assert.equal(1000 + WEEK, loop:wall())
  end)

  it("never calls an alarm before its time, whatever the rounding", function()
    local loop = guard.loop(native.sim.new())
    for _ = 1, 200 do
      local at = loop:wall() + loop:random() * 1000
      loop:alarm(at, guard.once(function()
        assert.is_true(loop:wall() >= at)
        assert.is_true(loop:wall() < at + 1e-3)
      end))
      loop:run()
    end
  end)

  it("stands still while there is something to do now", function()
    local loop, spins = guard.loop(native.sim.new()), 0
    local function spin()
      spins = spins + 1
      assert.equal(0, loop:now())
      if spins < 100 then
        loop[spins % 2 == 0 and "defer" or "timer"](loop, spins % 2 == 0 and spin or 0, spin)
      end
    end
    loop:timer(5, guard.once(function()
      assert.equal(100, spins)
    end))
    loop:defer(spin)
    loop:run()
  end)

  it("goes one deadline at a time by step", function()
    local loop = guard.loop(native.sim.new())
    loop:timer(1, guard.once())
    loop:timer(2, guard.once())
    assert.is_true(loop:step())
    assert.equal(1, loop:now())
    assert.is_false(loop:step())
    assert.equal(2, loop:now())
    assert.equal(-1, loop:timeout())
    assert.equal(-1, loop:fd())
  end)

  it("has a wall clock that can be set, and alarms that keep to it", function()
    local loop, seen = guard.loop(native.sim.new { wall = 1000 }), {}
    local function note(name)
      return guard.once(function()
        seen[#seen + 1] = { name, loop:now(), loop:wall() }
      end)
    end
    loop:alarm(1100, note "passed over")
    loop:alarm(5000, note "late")
    loop:timer(10, guard.once(function()
      loop:set_wall(2000)
    end))
    loop:timer(20, guard.once(function()
      loop:set_wall(500)
      loop:alarm(600, note "early")
    end))
    loop:timer(500, note "timer")
    loop:run()
    assert.same({ { "passed over", 10, 2000 }, { "early", 120, 600 }, { "timer", 500, 980 },
      { "late", 4520, 5000 } }, seen)
  end)

  it("draws the same numbers from the same seed", function()
    local a, b = guard.loop(native.sim.new { seed = 7 }), guard.loop(native.sim.new { seed = 7 })
    local c = guard.loop(native.sim.new { seed = 8 })
    local x = a:random()
    assert.equal(x, b:random())
    assert.not_equal(x, c:random())
    assert.not_equal(x, a:random())
  end)

  it("hears the signals that are raised", function()
    local loop = guard.loop(native.sim.new())
    local int = loop:signal("int", guard.times(2))
    local term = loop:signal("term", guard.never())
    loop:raise "int"
    loop:raise "int"
    int:stop()
    loop:raise "int"
    term:stop()
  end)

  it("simulates a year of hourly timers in no time", function()
    local loop, ticks = guard.loop(native.sim.new()), 0
    local function tick()
      ticks = ticks + 1
      if ticks < 365 * 24 then
        loop:timer(3600, tick)
      end
    end
    loop:timer(3600, tick)
    loop:run()
    assert.equal(365 * 24, ticks)
  end)
end)
