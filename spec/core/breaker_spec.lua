-- The breaker alone: its Lua face, and random traces beside a model of the two-step breaker of
-- sony/gobreaker v1.0.0 written down from its description.
local breaker = require("neap.native").breaker

-- The model counts in whole milliseconds.
local function model(consecutive_failures, max_requests, timeout, interval)
  local m = { state = "closed", generation = 0 }

  local function generation(now)
    m.generation = m.generation + 1
    m.requests, m.successes, m.failures, m.won, m.lost = 0, 0, 0, 0, 0
    m.expiry = m.state == "open" and now + timeout
      or m.state == "closed" and interval > 0 and now + interval
      or math.huge
  end

  local function set(state, now)
    m.state = state
    generation(now)
  end

  function m.at(now)
    if m.expiry < now then
      if m.state == "open" then
        set("half-open", now)
      else
        generation(now)
      end
    end
  end

  function m.allow(now)
    m.at(now)
    if m.state == "open" then
      return nil, "open"
    elseif m.state == "half-open" and m.requests >= max_requests then
      return nil, "too_many"
    end
    m.requests = m.requests + 1
    return m.generation
  end

  function m.done(token, ok, now)
    m.at(now)
    if token ~= m.generation or m.state == "open" then
      return
    elseif not ok and m.state == "half-open" then
      return set("open", now)
    elseif ok then
      m.successes, m.won, m.lost = m.successes + 1, m.won + 1, 0
    else
      m.failures, m.lost, m.won = m.failures + 1, m.lost + 1, 0
    end
    if ok and m.state == "half-open" and m.won >= max_requests then
      set("closed", now)
    elseif not ok and m.lost >= consecutive_failures then
      set("open", now)
    end
  end

  generation(0)
  return m
end

describe("breaker", function()
  it("opens after five failures, asks three probes after 30 s, and closes", function()
    local b = breaker.new()
    for _ = 1, 5 do
      assert.equal("closed", b:state(0))
      b:done(b:allow(0), false, 0)
    end
    assert.equal("open", b:state(30))
    assert.same({ nil, "open" }, { b:allow(30) })
    assert.equal("half-open", b:state(30.001))
    local tokens = { b:allow(31), b:allow(31), b:allow(31) }
    assert.equal(3, #tokens)
    assert.same({ nil, "too_many" }, { b:allow(31) })
    assert.same({ 3, 0, 0, 0, 0 }, { b:counts(31) })
    for _, token in ipairs(tokens) do
      b:done(token, true, 32)
    end
    assert.equal("closed", b:state(32))
    assert.same({ 0, 0, 0, 0, 0 }, { b:counts(32) })
  end)

  it("does as the model does, whatever happens", function()
    math.randomseed(7)
    for round = 1, 60 do
      local n, probes = math.random(1, 4), math.random(1, 4)
      local timeout, interval = math.random(1, 30) * 100, math.random(0, 3) * 1000
      local offset = (round % 3) * 880000000
      local m = model(n, probes, timeout, interval)
      local b = breaker.new {
        consecutive_failures = n,
        max_requests = probes,
        timeout = timeout / 1000,
        interval = interval .. "ms",
      }
      local now, pending = offset * 1000, {}
      for _ = 1, 300 do
        now = now + math.random(-1, 8) * 100 -- a clock may go back
        local at = now / 1000
        if math.random() < 0.6 or #pending == 0 then
          local expected, why = m.allow(now)
          local token, got = b:allow(at)
          assert.equal(expected ~= nil, token ~= nil)
          assert.equal(why, got)
          if token then
            pending[#pending + 1] = { expected, token }
          end
        else
          local at_place = math.random(#pending)
          local pair = pending[at_place]
          if math.random(8) > 1 then -- else it is reported once more, later
            table.remove(pending, at_place)
          end
          local ok = math.random() < 0.4
          m.done(pair[1], ok, now)
          b:done(pair[2], ok, at)
        end
        assert.equal(m.state, b:state(at))
        assert.same({ m.requests, m.successes, m.failures, m.won, m.lost }, { b:counts(at) })
      end
    end
  end)

  it("reads zeroes as gobreaker does", function()
    local b = breaker.new { consecutive_failures = 1, max_requests = 0, timeout = 0, interval = 0 }
    b:done(b:allow(0), false, 0)
    assert.equal("open", b:state(60))
    assert.is_truthy(b:allow(60.5))
    assert.same({ nil, "too_many" }, { b:allow(60.5) })
  end)

  it("forgets a cancelled request, and counts a deadline unless told not to", function()
    local b = breaker.new { consecutive_failures = 1, deadline_counts = false }
    b:done(b:allow(0), "cancelled", 0)
    b:done(b:allow(0), "deadline", 0)
    assert.same({ 0, 0, 0, 0, 0 }, { b:counts(0) })
    b = breaker.new { consecutive_failures = 1 }
    b:done(b:allow(0), "deadline", 0)
    assert.equal("open", b:state(0))
  end)

  it("opens at a rate of failures or of slow calls", function()
    local b = breaker.new { failure_rate = 0.5, minimum_requests = 4, window = "1m" }
    for i = 1, 4 do
      b:done(b:allow(i), i % 2 == 0, i)
    end
    assert.equal("open", b:state(4))
    b = breaker.new { slow_rate = 0.5, slow_call = "2s", minimum_requests = 2 }
    b:done(b:allow(0), true, 0, 1)
    b:done(b:allow(0), true, 0, 3)
    assert.equal("open", b:state(0))
  end)

  it("is there by itself, as a field of neap and as a module", function()
    for _, make in ipairs { require("neap").breaker, require("neap.breaker") } do
      assert.equal("closed", make { timeout = "1s" }:state(0))
    end
  end)

  it("raises on misuse, naming the option", function()
    assert.error_matches(function()
      breaker.new { time_out = 3 }
    end, 'breaker: unknown option "time_out" %(did you mean "timeout"%?%)')
    assert.error_matches(function()
      breaker.new { timeout = "3 parsecs" }
    end, 'breaker.timeout: "3 parsecs" is not a duration')
    assert.error_matches(function()
      breaker.new { max_requests = 1.5 }
    end, "breaker.max_requests: 1.5 is not a whole number")
    local b = breaker.new()
    assert.error_matches(function()
      b:done(b:allow(0), "perhaps", 0)
    end, "invalid option 'perhaps'")
    assert.error_matches(function()
      b:done(1, nil, 0)
    end, "expected true, false")
    assert.error_matches(function()
      b:done(1.5, true, 0)
    end, "not a token")
    assert.error_matches(function()
      b:done(nil, true, 0)
    end, "number expected, got nil")
    assert.error_matches(function()
      b:allow()
    end, "number expected")
    for _, verb in ipairs { "allow", "state", "counts" } do
      assert.error_matches(function()
        b[verb](b, 0 / 0)
      end, "not a number of seconds")
    end
    assert.error_matches(function()
      b:done(1, true, 0 / 0)
    end, "not a number of seconds")
  end)
end)
