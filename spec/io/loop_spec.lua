local guard = require "spec.support.guard"
local shell = require "spec.support.shell"

describe("the real loop", function()
  guard.watch(before_each, after_each)

  it("runs deferred functions in order and never inside each other", function()
    local loop, seen, depth = guard.loop(), {}, 0
    local function note(name, more)
      return guard.once(function()
        depth = depth + 1
        assert.equal(1, depth)
        seen[#seen + 1] = name
        if more then
          loop:defer(more)
        end
        depth = depth - 1
      end)
    end
    loop:defer(note("a", note "c"))
    loop:defer(note "b")
    assert.is_false(loop:run())
    assert.same({ "a", "b", "c" }, seen)
  end)

  it("keeps the order of many", function()
    local loop, seen = guard.loop(), {}
    for i = 1, 1000 do
      loop:defer(function()
        seen[#seen + 1] = i
      end)
    end
    loop:run()
    for i = 1, 1000 do
      assert.equal(i, seen[i])
    end
  end)

  it("returns from run when it is stopped, and goes on where it was", function()
    local loop, seen = guard.loop(), {}
    loop:defer(function()
      seen[#seen + 1] = "a"
      loop:stop()
    end)
    loop:defer(function()
      seen[#seen + 1] = "b"
    end)
    assert.is_true(loop:run())
    assert.same({ "a" }, seen)
    assert.is_false(loop:run())
    assert.same({ "a", "b" }, seen)
  end)

  it("says what happened in a callback and goes on", function()
    local loop = guard.loop()
    loop:defer(function()
      error "boom"
    end)
    loop:defer(guard.once())
    loop:run()
    local errors = guard.take_errors()
    assert.equal(1, #errors)
    assert.matches("boom", errors[1])
    assert.matches("traceback", errors[1])
  end)

  it("refuses to run or close inside its own callbacks", function()
    local loop = guard.loop()
    loop:defer(guard.once(function()
      assert.error_matches(function()
        loop:run()
      end, "inside a callback")
      assert.error_matches(function()
        loop:close()
      end, "inside a callback")
    end))
    loop:run()
  end)

  it("closes with everything open, and says so to late users", function()
    local loop = guard.loop()
    local timer = loop:timer(100, guard.never())
    loop:alarm(loop:wall() + 100, guard.never())
    loop:watch("/tmp", guard.never())
    loop:signal("winch", guard.never())
    local process = assert(loop:spawn({ argv = { "sleep", "100" } }, guard.never()))
    loop:defer(guard.never())
    loop:close()
    loop:close()
    timer:stop()
    process:stop()
    assert.is_false(process:running())
    assert.error_matches(function()
      loop:run()
    end, "closed")
  end)

  it("tells a host when to call step", function()
    local loop = guard.loop()
    assert.is_true(loop:fd() >= 0)
    assert.equal(-1, loop:timeout())
    loop:defer(guard.once())
    assert.equal(0, loop:timeout())
    while loop:step() do
    end
    local timer = loop:timer(1000, guard.never())
    assert.is_true(loop:timeout() > 900 and loop:timeout() < 1001)
    timer:stop()
    assert.equal(-1, loop:timeout())
  end)

  it("draws numbers between 0 and 1, others in each loop", function()
    local a, b = guard.loop(), guard.loop()
    local x, y = a:random(), b:random()
    assert.is_true(x >= 0 and x < 1)
    assert.not_equal(x, y)
    assert.not_equal(x, a:random())
  end)

  it("calls when a watched path is touched", function()
    local loop, path = guard.loop(), os.tmpname()
    local watch
    watch = loop:watch(path, function()
      watch:stop()
      loop:stop()
    end)
    loop:timer(50, guard.never()) -- the loop does not run that long
    loop:timer(0.01, function()
      assert(io.open(path, "w")):close()
    end)
    assert.is_true(loop:run())
    os.remove(path)
    loop:close()
  end)

  it("does not stay for watches and signals, and says why it cannot watch", function()
    local loop = guard.loop()
    local watch = loop:watch("/tmp", guard.never())
    local signal = loop:signal("winch", guard.never())
    assert.is_false(loop:run())
    watch:stop()
    signal:stop()
    local none, err = loop:watch("/no/such/place", guard.never())
    assert.is_nil(none)
    assert.equal("not_found", err.code)
  end)

  it("takes no signal of the process that nobody asked for, and gives back each", function()
    local function caught()
      return shell.read("/proc/self/status"):match "SigCgt:%s*(%x+)"
    end
    local before = caught()
    local loop = guard.loop()
    assert(loop:spawn({ argv = { "true" } }, guard.once()))
    assert(loop:timer(0.001, guard.once()))
    loop:run()
    assert.equal(before, caught())
    local plain = loop:signal("term", guard.never())
    local watched = caught()
    assert.not_equal(before, watched)
    local alarming = loop:signal("hup", guard.never())
    alarming:insist(1, 60, "")
    assert.error_matches(function()
      alarming:insist(1, 60, "")
    end, "insists already")
    alarming:stop()
    assert.equal(watched, caught())
    plain:stop()
    assert.equal(before, caught())
  end)

  it("is an error to call with the wrong things", function()
    local loop = guard.loop()
    assert.has_error(function()
      loop:defer(1)
    end)
    assert.has_error(function()
      loop:timer("soon", function() end)
    end)
    assert.has_error(function()
      loop.run {}
    end)
  end)
end)
