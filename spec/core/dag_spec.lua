-- The graph plan, through its binding.
local dag = require("neap.native").dag

local function graph(count, needs)
  local d = dag.new()
  for _ = 1, count do
    d:add()
  end
  for _, need in ipairs(needs) do
    d:need(need[1], need[2], need[3])
  end
  return d
end

describe("dag", function()
  it("hands out ready nodes as their needs end", function()
    local d = graph(3, { { 3, 1 }, { 3, 2 } })
    assert.is_true(d:start())
    assert.equal(1, d:pop())
    assert.equal(2, d:pop())
    assert.is_nil(d:pop())
    d:done(2, "completed")
    assert.is_nil(d:pop())
    d:done(1, "completed")
    assert.equal(3, d:pop())
    d:unpop(3)
    assert.equal("ready", d:state(3))
    assert.equal(3, d:pop())
    assert.is_false(d:finished())
    d:done(3, "completed")
    assert.is_true(d:finished())
  end)

  it("is made at once of priorities and a flat list of needs", function()
    local d = dag.of(4, { [3] = 1 }, { 4, 1, "hard", 2, 1, "soft" })
    d:start()
    assert.equal(3, d:pop())
    assert.equal(1, d:pop())
    d:done(1, "failed")
    assert.same({ 4, 1 }, { d:skipped() })
    assert.equal(2, d:pop())
    assert.is_nil(d:pop())
    assert.has_error(function() dag.of(1, {}, { 1, 2, "hard" }) end, "the graph has no node 2")
    assert.has_error(function() dag.of(2, {}, { 1, 2, "hrad" }) end)
    assert.has_error(function() dag.of(1, {}, { 1.5, 1, "hard" }) end)
    assert.has_error(function() dag.of(1, { 0 / 0 }, {}) end)
    assert.has_error(function() dag.of(-1, {}, {}) end)
  end)

  it("says which cycle there is, each node needing the next", function()
    local d = graph(4, { { 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 2 } })
    local ok, cycle = d:check()
    assert.is_nil(ok)
    assert.same({ 2, 3, 4 }, cycle)
    ok, cycle = d:start()
    assert.is_nil(ok)
    assert.same({ 2, 3, 4 }, cycle)
    assert.equal(0, d:counts().total)
  end)

  it("skips hard dependents once, naming the cause", function()
    local d = graph(4, { { 2, 1 }, { 3, 2, "hard" }, { 4, 1, "soft" } })
    d:start()
    d:done(d:pop(), "failed")
    assert.same({ 2, 1 }, { d:skipped() })
    assert.same({ 3, 1 }, { d:skipped() })
    assert.is_nil(d:skipped())
    assert.equal(4, d:pop())
    assert.same({
      total = 4,
      waiting = 0,
      ready = 0,
      running = 1,
      completed = 0,
      failed = 1,
      skipped = 2,
    }, d:counts())
  end)

  it("takes the critical path first, an explicit priority before it", function()
    local d = dag.new()
    local quick, slow, urgent = d:add(), d:add(), d:add(1)
    d:weigh(slow, 60)
    d:weigh(quick, 2)
    d:start()
    assert.same({ urgent, slow, quick }, { d:pop(), d:pop(), d:pop() })
    local path, seconds = d:critical_path()
    assert.same({ slow }, path)
    assert.equal(60, seconds)
  end)

  it("orders every node after its needs", function()
    local d = graph(4, { { 1, 4 }, { 2, 1 }, { 3, 1 } })
    assert.same({ 4, 1, 2, 3 }, d:order())
  end)

  it("raises on misuse", function()
    local d = graph(1, {})
    assert.has_error(function()
      d:need(1, 2)
    end, "the graph has no node 2")
    assert.error_matches(function()
      d:need(1, 1, "strong")
    end, "invalid option 'strong'")
    assert.error_matches(function()
      d:done(0, "completed")
    end, "not a node")
    d:start()
    d:done(d:pop(), "completed")
    assert.has_error(function()
      d:done(1, "failed")
    end, "node 1 has ended before")
  end)
end)
