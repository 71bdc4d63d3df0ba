-- A task for an agent as scripts write it, and the session it goes on with.
local cjson = require "cjson"

local err = require "neap.base.err"
local neap = require "neap"
local testing = require "neap.testing"

local INIT = '{"type":"system","subtype":"init","session_id":"%s"}\n'
local GONE = '{"type":"result","subtype":"error_during_execution","is_error":true,'
  .. '"session_id":"s1","errors":["No conversation found with session ID: s1"]}\n'

local function done(session)
  return INIT:format(session) .. cjson.encode {
    type = "result", subtype = "success", is_error = false, result = "done", session_id = session,
  } .. "\n"
end

local function resumed(argv)
  for i, word in ipairs(argv) do
    if word == "--resume" then
      return argv[i + 1]
    end
  end
end

describe("a task for an agent", function()
  local world, asked

  -- The n-th time the tool is started it behaves as ends[n] says.
  local function tool(ends)
    world.loop:script("^claude", function(opts)
      asked[#asked + 1] = { resume = resumed(opts.argv), prompt = opts.stdin, argv = opts.argv }
      return ends[#asked]
    end)
  end

  local function run(task, options)
    return world:run(function(w)
      return w:run(neap.agent "claude" (options) (task))
    end)
  end

  before_each(function()
    world, asked = testing.world(), {}
  end)

  it("reads only, unless it says otherwise, and is named after its agent", function()
    tool { { stdout = done "s1" } }
    local outcome = run { prompt = "look" }
    assert.equal("done", outcome.result.text)
    assert.equal(1, world:count(outcome.run, "attempt.ended", "claude"))
    assert.truthy(table.concat(asked[1].argv, " "):find("--tools Read,Glob,Grep", 1, true))
  end)

  it("is refused without a prompt, or with what it does not know", function()
    for words, task in pairs {
      ["there is no prompt"] = { access = "read" },
      ["claude task.access"] = { prompt = "x", access = "all" },
      ["claude task.resume"] = { prompt = "x", resume = 1 },
      ["unknown option"] = { prompt = "x", acces = "read" },
    } do
      local ok, problem = pcall(neap.agent "claude" {}, task)
      assert.is_false(ok)
      assert.is_true(err.is_usage(problem))
      assert.truthy(tostring(problem):find(words, 1, true), tostring(problem))
    end
  end)

  it("goes on with the session of the attempt that a crash cut", function()
    tool { { stdout = INIT:format "s1", after = 3600 }, { stdout = done "s1" } }
    world:crash_at(5)
    run { prompt = "work", resume = true }
    local outcome = run { prompt = "work", resume = true }
    assert.equal("completed", outcome.state)
    assert.is_nil(asked[1].resume)
    assert.equal("s1", asked[2].resume)
    assert.equal("You were interrupted. Go on where you stopped. The task was:\n\nwork",
      asked[2].prompt)
    assert.equal(2, world:count(outcome.run, "agent.session", "claude"))
  end)

  it("goes on with it after a failure too", function()
    tool { { stdout = INIT:format "s1", code = 1 }, { stdout = done "s1" } }
    assert.equal("completed", run({ prompt = "work", resume = true }, { retry = 2 }).state)
    assert.equal("s1", asked[2].resume)
  end)

  it("begins anew, at no cost, where the tool has lost the session", function()
    tool { { stdout = INIT:format "s1", code = 1 }, { stdout = GONE, code = 1 },
      { stdout = done "s2" } }
    local outcome = run({ prompt = "work", resume = true }, { retry = 2 })
    assert.equal("s2", outcome.result.session)
    assert.equal("s1", asked[2].resume)
    assert.is_nil(asked[3].resume)
    assert.equal("work", asked[3].prompt)
  end)

  it("begins anew each time where nobody asked for it", function()
    tool { { stdout = INIT:format "s1", code = 1 }, { stdout = done "s2" } }
    assert.equal("completed", run({ prompt = "work" }, { retry = 2 }).state)
    assert.is_nil(asked[2].resume)
  end)

  -- The tool gives its result at a second; it is interrupted at `stop_at`.
  local function interrupted(stop_at)
    tool { { lines = { { 1, (done "s1"):match "\n(.*)\n", 1 } }, after = 3600,
      ignores_term = true } }
    world.loop:timer(stop_at, function()
      world.host:stop "hard"
    end)
    local run_id = run { prompt = "work" }.run
    return world.store:query([[SELECT a.reason, s.state FROM attempt a, step s
      WHERE a.run = ? AND s.run = a.run]], { run_id })[1]
  end

  it("is done when the tool said so before it was interrupted", function()
    assert.same({ reason = "normal", state = "completed" }, interrupted(2))
  end)

  it("is not done when the tool said so after its own tools were ended", function()
    assert.same({ reason = "killed.interrupted", state = "retrying" }, interrupted(0.5))
  end)

  it("is done though the tool stays after its result", function()
    tool { { lines = { { 1, (done "s1"):match "\n(.*)\n", 1 } }, after = 3600 } }
    local outcome = run { prompt = "work" }
    assert.equal("completed", outcome.state)
    assert.is_true(world.loop:now() < 60)
  end)
end)
