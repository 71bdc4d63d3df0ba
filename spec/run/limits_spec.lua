-- The limits of an attempt: one timer, whatever the process says.

local limits = require("neap.run.limits")

describe("limits", function()
  local loop, stopped

  before_each(function()
    loop = { at = 0, timers = 0 }
    stopped = {}
    function loop:now()
      return self.at
    end
    function loop:timer(delay, fn)
      self.timers = self.timers + 1
      self.timer_at, self.fn = self.at + delay, fn
      return { stop = function()
        self.fn = nil
      end }
    end
  end)

  local function of(spec)
    return limits.new(loop, spec, function(reason)
      stopped[#stopped + 1] = reason
    end)
  end

  local function go_off()
    local fn = loop.fn
    loop.at, loop.fn = loop.timer_at, nil
    fn()
  end

  it("are none for a plain command, and cost nothing", function()
    assert.is_nil(of {})
    assert.equal(0, loop.timers)
  end)

  it("set no timer for what a chatty process says", function()
    local l = of { silence = 10 }
    for i = 1, 1000 do
      loop.at = i / 200
      l:hear()
    end
    assert.equal(1, loop.timers)
    go_off() -- at 10: not silent since 5
    assert.equal(2, loop.timers)
    assert.equal(15, loop.timer_at)
    go_off()
    assert.same({ "timeout.silence" }, stopped)
    assert.is_nil(loop.fn)
  end)

  it("do not take a tool's own retries for progress, nor for an unanswered question", function()
    local l = of { silence = 30, stream = true }
    loop.at = 1
    l:hear { progress = false, blocked_on = "Bash" }
    assert.equal(11, loop.timer_at)
    loop.at = 2
    l:hear { progress = false }
    go_off()
    assert.same({}, stopped)
    assert.equal(30, loop.timer_at)
    go_off()
    assert.same({ "timeout.silence" }, stopped)
  end)

  it("end a wait for a permission that nobody gives", function()
    local l = of { timeout = 60, stream = true }
    l:hear { progress = false, blocked_on = "Bash" }
    go_off()
    assert.same({ "permission_blocked.pending_prompt" }, stopped)
    assert.equal(10, loop.at)
  end)

  it("give a process that has told its result some seconds, and no other limit", function()
    local l = of { timeout = 3, silence = 2, stream = true }
    loop.at = 1
    l:hear { final = true }
    while loop.fn do
      go_off()
    end
    assert.same({ "killed.lingering" }, stopped)
    assert.equal(6, loop.at)
  end)

  it("are over when the process is", function()
    local l = of { timeout = 3 }
    l:clear()
    assert.is_nil(loop.fn)
  end)
end)
