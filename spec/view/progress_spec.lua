-- progress: a run as lines.
local progress = require "neap.view.progress"
local style = require "neap.view.style"

local T0 = 1760000000000

local function event(type, step, at, data, attempt)
  return { run = "r", type = type, step = step, at = T0 + at, data = data or {}, attempt = attempt }
end

local function lines_of(p, events)
  local lines = {}
  for _, e in ipairs(events) do
    for _, line in ipairs(p:event(e)) do
      lines[#lines + 1] = line
    end
  end
  return lines
end

describe("the progress of a run", function()
  local p
  before_each(function()
    p = progress.new(style.new(false), T0)
  end)

  it("has a line for each beginning and end, with the time it took", function()
    assert.same({
      "start  build",
      "done   build                    1.5s",
      "done   plan                     250ms",
    }, lines_of(p, {
      event("attempt.intended", "build", 0, { argv = { "make" } }, 1),
      event("attempt.started", "build", 5, {}, 1),
      event("attempt.ended", "build", 1505, { state = "completed", reason = "normal" }, 1),
      event("step.completed", "plan", 1600, { duration = 0.25 }, 1),
    }))
  end)

  it("says why an attempt failed and when the next one comes", function()
    local failure = { reason = "crashed", detail = "exit", message = "make exited with code 2",
      tails = { stderr = "one\ntwo\n\27[31mthree\27[0m\nfour\n" } }
    assert.same({
      "start  test",
      "retry  test                     400ms  crashed.exit: make exited with code 2; again in 2s",
      "       | two",
      "       | three",
      "       | four",
      "start  test                            attempt 2",
      "failed test                     1s     crashed.exit: make exited with code 2",
      "       | one",
      "       | two",
      "       | three",
      "       | four",
      "skip   ship                            because of test",
    }, lines_of(p, {
      event("attempt.started", "test", 0, {}, 1),
      event("attempt.ended", "test", 400, { state = "retrying", failure = failure,
        retry_at = T0 + 2400 }, 1),
      event("attempt.started", "test", 2400, {}, 2),
      event("attempt.ended", "test", 3400, { state = "failed", failure = failure }, 2),
      event("step.skipped", "ship", 3401, { cause = "test", why = "x" }),
    }))
  end)

  it("shows parked work with its reason and until when", function()
    local lines = lines_of(p, {
      event("wait.began", "soak", 0, { kind = "sleep", ["until"] = T0 + 3600000 }),
      event("wait.ended", "soak", 3600000, { by = "timer" }),
      event("wait.began", "review", 3600000, { kind = "receive" }),
      event("wait.ended", "review", 3700000, { by = "message" }),
      event("wait.began", "ship/approve", 3700000, { kind = "receive",
        args = { name = "approve/ship[to=a b]", question = "Ship?" } }),
    })
    assert.matches("^wait   soak +sleeps until .* %(in 1h%)$", lines[1])
    assert.matches("^again  soak +its time came$", lines[2])
    assert.matches("^wait   review +waits for a message$", lines[3])
    assert.matches("^again  review +a message came$", lines[4])
    assert.equal("wait   ship/approve                    asks \"Ship?\"; answer: "
      .. "neap signal r 'approve/ship[to=a b]' true", lines[5])
    assert.equal("still  ship/approve asks \"Ship?\"; answer: "
      .. "neap signal r 'approve/ship[to=a b]' true", p:tick(T0 + 3800000))
  end)

  it("speaks after a minute of quiet, and not before", function()
    p:event(event("attempt.started", "build", 0, {}, 1))
    assert.is_nil(p:tick(T0 + 59000))
    assert.equal("still  build (1m1s)", p:tick(T0 + 61000))
    assert.is_nil(p:tick(T0 + 62000))
    p:event(event("wait.began", "ok", 63000, { kind = "receive" }))
    assert.equal("still  build (2m10s), ok waits for a message", p:tick(T0 + 130000))
    p:event(event("attempt.ended", "build", 140000, { state = "completed" }, 1))
    p:event(event("wait.ended", "ok", 140000, { by = "timer" }))
    assert.equal("still  nothing runs", p:tick(T0 + 300000))
  end)

  it("ends with how it stands, the counts and where the time went", function()
    lines_of(p, {
      event("step.completed", "a", 10, { duration = 1 }, 1),
      event("step.completed", "b", 10, { duration = 3 }, 1),
      event("attempt.ended", "c", 10, { state = "failed", duration = 2,
        failure = { reason = "crashed" } }, 1),
    })
    assert.same({
      "failed in 4s: 2 steps done, 1 failed",
      "slowest: b 3s, c 2s, a 1s",
      "failure: crashed: oh",
      "more: neap show r1",
    }, p:ending({ id = "r1", state = "failed", failure = { reason = "crashed", message = "oh" } },
      T0 + 4000))
    assert.same({ "completed in 1s: 0 steps done", 'result: {"a":1}' },
      progress.new(style.new(false), T0):ending({ id = "r", state = "completed",
        result = '{"a":1}' }, T0 + 1000))
  end)

  it("ends with each of several tasks that failed: its name, its place, and why", function()
    local failure = { reason = "crashed", message = "7 tasks failed: a, build, …; the first: oh",
      count = 7, failures = {
        { step = "a", reason = "crashed", detail = "lua", message = "/x/f.lua:3: boom",
          file = "/x/f.lua", line = 3 },
        { step = "build", reason = "timeout", message = "too\nslow", file = "/x/g.lua", line = 12 },
      } }
    assert.same({
      "failure: 7 tasks failed",
      "  a      /x/f.lua:3   crashed.lua: boom",
      "  build  /x/g.lua:12  timeout: too",
      "  and 5 more",
      "more: neap show r1",
    }, p:outcome({ id = "r1", state = "failed", failure = failure }, T0))
  end)

  it("counts void attempts as nothing", function()
    assert.same({}, lines_of(p, { event("attempt.ended", "x", 0, { state = "void" }, 1) }))
    assert.same({}, lines_of(p, { event("run.started", nil, 0) }))
  end)
end)
