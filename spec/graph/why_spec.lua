-- The sentences of `neap why`.
local why = require "neap.graph.why"

local OPTS = { run = "01abc", now_ms = 100000, time = function(at)
  return "t" .. at / 1000
end }
local RUN = { name = "ship", state = "running" }

local function step(row, more)
  local facts = { key = "build", run = RUN, row = row }
  if row then
    row.key, row.attempts = row.key or "build", row.attempts or 1
    facts.key = row.key
  end
  for name, value in pairs(more or {}) do
    facts[name] = value
  end
  return why.step(facts, OPTS)
end

local function says(text, row, more)
  assert.equal(text, table.concat(step(row, more), "\n"))
end

describe("neap why", function()
  it("says what a node that has not begun needs", function()
    says('build has not begun: it needs "a" (running), "b" (pending).', nil, { needs = {
      { name = "a", state = "running" }, { name = "b", state = "pending" },
      { name = "c", state = "completed" } } })
    says("build is ready: it waits for a slot.", nil, { needs = {} })
    says('build is ready: it waits for a slot, or for room in pool "p".', nil, { pool = "p" })
    says('build has not begun: a person has yet to approve it ("Go?").', nil, { asked = "Go?" })
    says("build did not begin before the run ended (failed).", nil,
      { run = { name = "ship", state = "failed" } })
  end)

  it("says where an attempt stands and when the next begins", function()
    says("build attempt 1 is on record and begins when a slot is free.", { state = "intended" })
    says("build attempt 2 runs since t40 (1m).",
      { state = "running", attempts = 2, started_at = 40000 })
    says("build attempt 2 begins at t130 (in 30s).", { state = "retrying", due = 130000 })
    says("build attempt 2 begins at once.", { state = "retrying", due = 90000 })
  end)

  it("says what a wait is for, and how to end it", function()
    says('publish/approve asks "Publish?"; answer: neap signal 01abc approve/publish true.',
      { key = "publish/approve", kind = "receive", state = "waiting",
        args = { name = "approve/publish", question = "Publish?" } })
    says('review waits for the message "review"; send it: neap signal 01abc review '
      .. "'{\"ok\":true}'; it gives up at t160 (in 1m).",
      { key = "review", kind = "receive", state = "waiting", due = 160000,
        args = { name = "review" } })
    says("build sleeps and goes on at t3700 (in 1h).",
      { kind = "sleep", state = "waiting", due = 3700000 })
  end)

  it("says why a node was skipped", function()
    says('build was skipped because "a" did not complete.',
      { state = "skipped", cause = "a", value = "need_failed" })
    says("build was skipped: its condition said no.", { state = "skipped", value = "when" })
    says('build was skipped: "a" failed, and it is fail_fast.',
      { state = "skipped", cause = "a", value = "fail_fast" })
  end)

  it("names the need that a node was skipped for, and what became of that", function()
    local failure = { reason = "timeout", detail = "wall", message = "too slow" }
    local function skipped(text, need, root)
      says("build was skipped" .. text .. ".",
        { state = "skipped", cause = "a", value = "need_failed" },
        { because = { need = need, root = root } })
    end
    skipped(': it needs "a", which failed: timeout.wall: too slow', "a",
      { state = "failed", failure = failure })
    skipped(': it needs "a", which was skipped: its condition said no', "a",
      { state = "skipped", value = "when" })
    skipped(': it needs "b", which was skipped because "a" failed: timeout.wall: too slow', "b",
      { state = "failed", failure = failure })
    skipped(': it needs "b", which was skipped because "a" was skipped: "x" failed, and it is '
      .. "fail_fast", "b", { state = "skipped", value = "fail_fast", cause = "x" })
    skipped(' because "a" failed: timeout.wall: too slow', nil,
      { state = "failed", failure = failure })
  end)

  it("says what became of each attempt and which policy decided", function()
    local failure = { reason = "timeout", detail = "wall", message = "too slow" }
    says([[
build failed with timeout.wall: too slow.
  attempt 1 ended with timeout.wall: too slow; the policy "timeout" tried again at t50
  attempt 2 was interrupted, which costs nothing
  attempt 3 never began, and cost nothing
  attempt 4 ended with timeout.wall: too slow; the policy "timeout" allows no more]],
      { state = "failed", failure = failure, attempts = 4 }, { ends = {
        { attempt = 1, state = "retrying", failure = failure, policy = "timeout",
          retry_at = 50000 },
        { attempt = 2, state = "retrying", reason = "killed.interrupted" },
        { attempt = 3, state = "void", reason = "killed.unused" },
        { attempt = 4, state = "failed", failure = failure, policy = "timeout" },
      } })
    says([[
build failed with crashed.exit:1.
  attempt 1 ended with crashed.exit:1; no policy is for that, so it is not tried again]],
      { state = "failed", failure = { reason = "crashed", detail = "exit:1" } }, { ends = {
        { attempt = 1, state = "failed", reason = "crashed.exit:1" } } })
    says("build completed.", { state = "completed" },
      { ends = { { attempt = 1, state = "completed", reason = "normal" } } })
  end)

  it("says that an attempt that keeps being interrupted will not go on for ever", function()
    assert.equal("  interrupted 3 times in a row; five are free",
      step({ state = "retrying", interruptions = 3 })[2])
  end)

  it("says of a run how it stands, and names what is not simply done", function()
    local function facts(key, row)
      row.key, row.attempts = key, 1
      return { key = key, row = row, run = RUN }
    end
    local lines = why.run(
      { name = "ship", state = "failed", failure = { reason = "crashed", message = "no" } },
      { facts("a", { state = "completed" }),
        facts("b", { state = "failed", failure = { reason = "crashed" } }),
        facts("c", { state = "skipped", cause = "b" }) }, OPTS)
    assert.same({ "ship failed: crashed: no.", "  b failed with crashed.",
      '  c was skipped because "b" did not complete.' }, lines)
    assert.same({ "ship: It runs." }, why.run(RUN, {}, OPTS))
  end)

  it("fits one screen however many steps there are", function()
    local many = {}
    for i = 1, 500 do
      many[i] = { key = "n" .. i, run = RUN, needs = {} }
    end
    local lines = why.run(RUN, many, OPTS)
    assert.equal(22, #lines)
    assert.equal("  … and 480 more; neap why 01abc STEP says why for one.", lines[22])
  end)
end)
