-- The routes that a policy takes between the attempts of an agent: who is next, and what it is
-- told. A crash between two attempts, or within one, changes neither.
local cjson = require "cjson"

local disturbed = require "spec.support.disturbed"
local neap = require "neap"
local retry = require "neap.policy.retry"
local testing = require "neap.testing"

local function said(fields)
  fields.type, fields.session_id = "result", "s1"
  return ('{"type":"system","subtype":"init","session_id":"s1"}\n%s\n'):format(cjson.encode(fields))
end

local OVERLOADED = { after = 1, code = 1, stdout = said { subtype = "success", is_error = true,
  api_error_status = 529, result = "Overloaded" } }
local TURNS = { after = 1, code = 1, stdout = said { subtype = "error_max_turns",
  is_error = true } }

---It tells who was asked what: a value on record that is another where another route was taken.
local function answer(opts)
  local resumes = table.concat(opts.argv, " "):match "%-%-resume (%S+)" or "nothing"
  return { after = 1, stdout = said { subtype = "success", is_error = false,
    result = ("%s, resuming %s: %s"):format(opts.argv[1], resumes, opts.stdin) } }
end

---A maker of worlds in which each program behaves as `ends` says of its prompt.
local function worlds(ends)
  return function()
    local world = testing.world()
    for program, behave in pairs(ends) do
      world.loop:script("^" .. program .. " ", function(opts)
        return behave(opts.stdin) or answer(opts)
      end)
    end
    return world
  end
end

local function always(behaviour)
  return function()
    return behaviour
  end
end

local function never() end

---A workflow in which agents called after their programs are asked, the first of them first.
local function flow_of(programs, policy, task)
  return function(w)
    local agents = {}
    for i, program in ipairs(programs) do
      agents[i] = neap.agent "claude" { program = program, retry = policy }
    end
    local given = { name = "do", prompt = "do it", access = "write", cwd = "/",
      others = { unpack(agents, 2) } }
    for name, value in pairs(task or {}) do
      given[name] = value
    end
    return w:run(agents[1]:spec(given)).text
  end
end

local TOLD = "do it\n\nThe previous attempt ended with %s. Its last output was:\n"

---A policy of one route, without jitter.
local function route(reasons, name, attempts)
  return retry.on(reasons) { attempts = attempts, initial = "1m", jitter = "none", route = name }
end

local ANY = { "network_error", "turn_limit" }
local DIFFERENT = route(ANY, "retry_different", 3)
local CONTEXT = route(ANY, "retry_with_context", 3)
local BOTH = retry.first { route("network_error", "retry_different", 2),
  route("turn_limit", "retry_with_context", 2) }

describe("the route", function()
  it("retry_different goes on to the next agent of the list, wherever neap dies", function()
    local outcome = disturbed.run(flow_of({ "one", "two", "three" }, DIFFERENT), { world = worlds {
      one = always(OVERLOADED), two = always(TURNS), three = never,
    } })
    assert.equal("three, resuming nothing: do it", outcome.result)
  end)

  it("retry_different begins at the first again after the last", function()
    local asked = {}
    local function fails(name)
      return function()
        asked[#asked + 1] = name
        return OVERLOADED
      end
    end
    worlds { one = fails "one", two = fails "two", three = fails "three" }()
      :run(flow_of({ "one", "two", "three" }, retry.on "network_error" { attempts = 5,
        route = "retry_different" }))
    assert.same({ "one", "two", "three", "one", "two" }, asked)
  end)

  it("retry_different asks one that is alone again, as it was", function()
    local prompts = {}
    worlds { one = function(prompt)
      prompts[#prompts + 1] = prompt
      return #prompts < 2 and OVERLOADED
    end }():run(flow_of({ "one" }, DIFFERENT))
    assert.same({ "do it", "do it" }, prompts)
  end)

  it("retry_with_context tells what went wrong the last time, wherever neap dies", function()
    local outcome = disturbed.run(flow_of({ "one" }, CONTEXT), { world = worlds {
      one = function(prompt)
        return not prompt:find "ended with" and OVERLOADED
          or prompt:find "ended with network_error" and TURNS
      end,
    } })
    assert.equal(1, select(2, outcome.result:gsub("The previous attempt", "")))
    assert.truthy(outcome.result:find("one, resuming nothing: " .. TOLD:format "turn_limit: ", 1,
      true), outcome.result)
  end)

  it("retry_with_context is told to who has the task now, wherever neap dies", function()
    local outcome = disturbed.run(flow_of({ "one", "two", "three" }, BOTH), { world = worlds {
      one = always(OVERLOADED), three = never,
      two = function(prompt)
        return not prompt:find "ended with" and TURNS
      end,
    } })
    assert.truthy(outcome.result:find("two, resuming nothing: " .. TOLD:format "turn_limit: ", 1,
      true), outcome.result)
  end)

  it("retry_same tells what was told, wherever neap dies", function()
    local outcome = disturbed.run(flow_of({ "one", "two" }, retry.first {
      BOTH, route("crashed", "retry_same", 3),
    }), { world = function()
      local world, count = testing.world(), 0
      world.loop:script("^one ", OVERLOADED)
      world.loop:script("^two ", function(opts)
        count = opts.stdin:find "ended with" and count + 1 or count
        return not opts.stdin:find "ended with" and TURNS or count == 1 and { code = 3, after = 1 }
          or answer(opts)
      end)
      return world
    end })
    assert.truthy(outcome.result:find("two, resuming nothing: " .. TOLD:format "turn_limit: ", 1,
      true), outcome.result)
  end)

  it("retry_with_context goes on with the session, wherever neap dies", function()
    local outcome = disturbed.run(flow_of({ "one" }, CONTEXT, { resume = true }), { world = worlds {
      one = function(prompt)
        return not prompt:find "ended with" and OVERLOADED
      end,
    } })
    assert.truthy(outcome.result:find("one, resuming s1: You were interrupted. Go on where you "
      .. "stopped. The task was:\n\n" .. TOLD:format "network_error.overloaded: Overloaded", 1,
      true), outcome.result)
  end)

  it("is kept when neap is stopped within the attempt that took it", function()
    for _, case in ipairs { { DIFFERENT, "three" }, { BOTH, "two" } } do
      local function behave(behaviour)
        return function(prompt)
          return not prompt:find "ended with" and behaviour
        end
      end
      local world = worlds { one = behave(OVERLOADED), two = behave(TURNS), three = never }()
      local flow = flow_of({ "one", "two", "three" }, case[1])
      local undisturbed = worlds { one = behave(OVERLOADED), two = behave(TURNS), three = never }()
        :run(flow).result
      for _, at in ipairs { 0.5, 62, 100, 183 } do -- within the attempts, and between two
        world.loop:timer(at, function()
          world.host:stop "hard"
        end)
      end
      local outcome
      repeat
        outcome = world:run(flow)
        world:die()
      until outcome.ended
      assert.equal(undisturbed, outcome.result)
      assert.matches("^" .. case[2], outcome.result)
    end
  end)
end)
