local guard = require "spec.support.guard"

describe("a real timer", function()
  guard.watch(before_each, after_each)

  it("fires once, in order of deadline", function()
    local loop, last = guard.loop(), -math.huge
    for _, delay in ipairs { 0.02, 0, 0.01, -1, 0.01, 0.005, 0 } do
      local from = loop:now() + math.max(delay, 0)
      local timer_until
      loop:timer(delay, guard.once(function()
        assert.is_true(timer_until >= last) -- its deadline is between the two
        last = math.max(last, from)
      end))
      timer_until = loop:now() + math.max(delay, 0)
    end
    loop:run()
  end)

  it("of the wall fires once, in order of deadline, equal ones in order of start", function()
    local loop, seen = guard.loop(), {}
    local start = loop:wall()
    for _, case in ipairs { { "d", 0.02 }, { "b", 0.005 }, { "a", -1 }, { "c", 0.005 } } do
      loop:alarm(start + case[2], guard.once(function()
        seen[#seen + 1] = case[1]
      end))
    end
    loop:run()
    assert.same({ "a", "b", "c", "d" }, seen)
  end)

  it("of the wall does not wait for one of the loop's clock, nor the other way round", function()
    local loop = guard.loop()
    local timer = loop:timer(3600, guard.never())
    local alarm = loop:alarm(loop:wall() + 3600, guard.never())
    loop:alarm(loop:wall() + 0.005, guard.once(function()
      timer:stop()
      loop:timer(0.005, guard.once(function()
        alarm:stop()
      end))
    end))
    loop:run()
  end)

  it("is never early", function()
    local loop = guard.loop()
    local start, wall = loop:now(), loop:wall()
    loop:timer(0.0123, guard.once(function()
      assert.is_true(loop:now() - start >= 0.0123)
    end))
    loop:alarm(wall + 0.0217, guard.once(function()
      assert.is_true(loop:wall() >= wall + 0.0217)
    end))
    loop:run()
  end)

  it("can be stopped, also by another one that is due with it", function()
    local loop = guard.loop()
    local second
    loop:timer(0, guard.once(function()
      second:stop()
      second:stop()
    end))
    second = loop:timer(0, guard.never())
    assert.is_true(second:active())
    loop:timer(60, guard.never()):stop()
    loop:alarm(loop:wall() + 60, guard.never()):stop()
    assert.is_false(loop:run())
    assert.is_false(second:active())
  end)

  it("that stops the loop leaves the others that are due for the next run", function()
    local loop, seen = guard.loop(), {}
    for i = 1, 3 do
      loop:timer(0.001, function()
        seen[#seen + 1] = i
        if i == 1 then
          loop:stop()
        end
      end)
    end
    assert.is_true(loop:run())
    assert.same({ 1 }, seen)
    loop:run()
    assert.same({ 1, 2, 3 }, seen)
  end)

  it("that starts another for now does not starve the loop", function()
    local loop, spins, stop = guard.loop(), 0, false
    local function spin()
      spins = spins + 1
      if not stop then
        loop:timer(0, spin)
      end
    end
    loop:timer(0, spin)
    loop:defer(guard.once(function()
      loop:spawn({ argv = { "true" } }, guard.once(function()
        stop = true
      end))
    end))
    loop:run()
    assert.is_true(spins > 1)
  end)

  it("that is late comes after what happened meanwhile", function()
    local loop, seen = guard.loop(), {}
    assert(loop:spawn({ argv = { "echo", "in time" } }, guard.once(function(kind)
      seen[#seen + 1] = kind
    end)))
    loop:timer(0.2, guard.once(function()
      seen[#seen + 1] = "timer"
    end))
    loop:defer(guard.once(function()
      loop:defer(guard.once(function() -- after the look at the world: nobody listens for a while
        os.execute "sleep 0.5"
      end))
    end))
    loop:run()
    assert.same({ "exit", "timer" }, seen)
  end)

  it("that is late comes after it also beside an alarm that is late", function()
    local loop, seen = guard.loop(), {}
    assert(loop:spawn({ argv = { "sleep", "0.1" } }, guard.once(function(kind)
      seen[#seen + 1] = kind
    end)))
    loop:alarm(loop:wall() + 0.05, guard.once())
    loop:timer(0.3, guard.once(function()
      seen[#seen + 1] = "timer"
    end))
    loop:defer(guard.once(function()
      loop:defer(guard.once(function()
        os.execute "sleep 1.2"
      end))
    end))
    loop:run()
    assert.same({ "exit", "timer" }, seen)
  end)

  it("that is late comes after it also when that is much", function()
    local loop, ended, late = guard.loop(), 0, nil
    for _ = 1, 100 do
      assert(loop:spawn({ argv = { "true" } }, guard.once(function()
        ended = ended + 1
      end)))
    end
    loop:timer(1, guard.once(function()
      late = 100 - ended
    end))
    os.execute "sleep 2"
    loop:run()
    assert.equal(0, late)
  end)

  it("is kept by the loop, not by its user", function()
    local loop = guard.loop()
    for _ = 1, 100 do
      loop:timer(0.001, guard.once())
    end
    collectgarbage()
    loop:run()
  end)

  it("for a wall time that has passed fires at once", function()
    local loop = guard.loop()
    loop:alarm(0, guard.once())
    loop:alarm(loop:wall() - 3600, guard.once())
    loop:run()
  end)
end)
