-- Random graphs, random ends, random crashes: what must hold for all of them.
local executor = require "spec.support.executor"
local load = require "spec.support.load"
local schedule = require "neap.graph.schedule"

local SEEDS = 120
local MODES = { "hard", "soft", "skip" }

---A generator of its own: the same graphs on every machine.
local function generator(seed)
  local state = seed * 7919 + 17
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

---A random graph as plain rows, so that the oracle below does not ask neap.
local function draw(seed)
  local pick = generator(seed)
  local rows = {}
  for i = 1, 5 + pick(35) do
    local row = { name = "n" .. i, needs = {}, on_failure = MODES[pick(3)], after = pick(5),
      fails = pick(4) == 1, retries = pick(5) == 1 and pick(2) or 0, lua = pick(8) == 1,
      pool = pick(3) == 1 and "p" .. pick(2) or nil, priority = pick(4) == 1 and pick(5) or nil }
    row.weight = row.pool and pick(2) or nil
    local have = {}
    for _ = 1, i > 1 and pick(4) - 1 or 0 do
      local on = pick(i - 1)
      if not have[on] then
        have[on] = true
        local mode = pick(3) == 1 and MODES[pick(3)] or nil
        row.needs[#row.needs + 1] = { "n" .. on, on_failure = mode }
      end
    end
    rows[i] = row
  end
  return rows, pick
end

local function declare(rows)
  return load.graph(function(task)
    task.pool "p1" { slots = 2 }
    task.pool "p2" { slots = 3 }
    for _, row in ipairs(rows) do
      local given = { needs = row.needs, on_failure = row.on_failure, pool = row.pool,
        weight = row.weight, priority = row.priority }
      if row.lua then
        given.run = function()
          return not row.fails or error("scripted", 0)
        end
      else
        given[1] = "x"
      end
      task(row.name)(given)
    end
  end)
end

---How each node must end, by the rules alone.
local function oracle(rows)
  local by_name, ends = {}, {}
  for _, row in ipairs(rows) do
    by_name[row.name] = row
    local state = row.fails and "failed" or "completed"
    for _, need in ipairs(row.needs) do
      local mode = need.on_failure or by_name[need[1]].on_failure
      if mode == "hard" and ends[need[1]] ~= "completed" then
        state = "skipped"
      end
    end
    ends[row.name] = state
  end
  return ends
end

local function script(rows)
  local by_name = {}
  for _, row in ipairs(rows) do
    by_name[row.name] = row
  end
  return function(name, attempt)
    local row = by_name[name]
    if attempt <= row.retries then
      return { retry = row.after, after = row.after }
    end
    return { state = row.fails and "failed" or "completed", after = row.after }
  end, by_name
end

---Checks at every start that no pool holds more than its slots.
local function watch(by_name)
  local slots = { p1 = 2, p2 = 3 }
  return function(running)
    local used = { p1 = 0, p2 = 0 }
    for name in pairs(running) do
      local row = by_name[name]
      if row.pool then
        used[row.pool] = used[row.pool] + row.weight
      end
    end
    for pool, n in pairs(used) do
      assert(n <= slots[pool], pool .. " is over its slots")
    end
  end
end

local function states(record)
  local out = {}
  for name, outcome in pairs(record) do
    out[name] = outcome.state
  end
  return out
end

local function begin(rows, ex, jobs)
  local plan, result = schedule.new(declare(rows), ex, { jobs = jobs }), nil
  plan:recall()
  plan:start(function(ended)
    assert(not result, "ended twice")
    result = ended
  end)
  return function()
    return result
  end
end

describe("any graph", function()
  it("ends, each node once and as the rules say, within its limits", function()
    for seed = 1, SEEDS do
      local rows, pick = draw(seed)
      local says, by_name = script(rows)
      local jobs = pick(5)
      local ex = executor.new { script = says, commit = (pick(3) - 1) * 0.7 }
      ex.watch = watch(by_name)
      local result = begin(rows, ex, jobs)
      ex:run()
      assert(result(), "seed " .. seed .. " did not end")
      assert.same(oracle(rows), states(ex.record), "seed " .. seed)
      assert(ex.most <= jobs, "seed " .. seed .. " is over its slots")
    end
  end)

  it("starts at once what can start: no slot is free while a node is ready", function()
    for seed = 1, SEEDS do
      local rows = draw(seed)
      for _, row in ipairs(rows) do
        row.pool, row.weight, row.lua, row.retries, row.fails = nil, nil, false, 0, false
      end
      local ex = executor.new { script = script(rows), commit = 0 }
      ex.watch = nil
      local result = begin(rows, ex, 3)
      local known = {}
      while #ex.events > 0 do
        ex:run(1)
        local ready = 0
        for _, row in ipairs(rows) do
          local met = not ex.record[row.name] and not ex.running[row.name]
          for _, need in ipairs(row.needs) do
            met = met and ex.record[need[1]] ~= nil
          end
          ready = ready + (met and 1 or 0)
        end
        known[#known + 1] = ready > 0 and ex.count < 3
      end
      assert.is_truthy(result())
      for _, idle in ipairs(known) do
        assert.is_false(idle, "seed " .. seed)
      end
    end
  end)

  it("goes on after any crash, and runs nothing finished again", function()
    for seed = 1, SEEDS do
      local rows, pick = draw(seed)
      local says = script(rows)
      local record, result = {}
      repeat
        local ex = executor.new { script = says, record = record, commit = 0.5 }
        result = begin(rows, ex, 3)
        ex:run(pick(25))
      until result()
      assert.same(oracle(rows), states(record), "seed " .. seed)
    end
  end)

  it("does not depend on what one failure has to do with the rest", function()
    for seed = 1, SEEDS do
      local rows = draw(seed)
      local fine = oracle(rows)
      rows[1].fails = not rows[1].fails
      local ends = oracle(rows)
      local ex = executor.new { script = script(rows) }
      begin(rows, ex, 2)
      ex:run()
      for _, row in ipairs(rows) do
        if fine[row.name] == ends[row.name] then
          assert.equal(fine[row.name], ex.record[row.name].state)
        end
      end
    end
  end)
end)
