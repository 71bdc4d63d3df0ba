-- Agents as values: options, routes of a policy, who may judge whom.
local actor = require "spec.support.actor"
local agents = require "neap.agent"
local err = require "neap.base.err"
local neap = require "neap"
local retry = require "neap.policy.retry"
local testing = require "neap.testing"

local function refused(fn, words)
  local ok, problem = pcall(fn)
  assert.is_false(ok)
  assert.is_true(err.is_usage(problem), tostring(problem))
  assert.truthy(tostring(problem):find(words, 1, true), tostring(problem))
end

describe("an agent", function()
  it("is refused by an unknown name or option, with the nearest one known", function()
    refused(function() return neap.agent "clade" end, 'no agent "clade"')
    refused(function() return neap.agent "claude" { modell = "opus" } end, "model")
    refused(function() return neap.agent "claude" { budget = "six" } end, "budget")
    refused(function() return agents.list("plan.agent", { "claude" }) end, "plan.agent[1]")
    refused(function() return agents.list("plan.agent", nil) end, "needs an agent")
  end)

  it("judges another vendor's work where there is one", function()
    local a = neap.agent "claude" {}
    local b = neap.agent "claude" { vendor = "other" }
    local judge, independent = agents.other_than({ a, b }, a)
    assert.equal(b, judge)
    assert.is_true(independent)
    judge, independent = agents.other_than({ a }, a)
    assert.equal(a, judge)
    assert.is_false(independent)
  end)

  it("has its prompt on stdin and nowhere else", function()
    local spec = neap.agent "claude" {}:spec {
      name = "x", prompt = "a secret plan", access = "read", cwd = "/",
    }
    assert.equal("a secret plan", spec.stdin)
    for _, word in ipairs(spec.argv) do
      assert.is_nil(word:find("secret", 1, true))
    end
  end)
end)

describe("an attempt of an agent", function()
  local world

  before_each(function()
    world = testing.world()
  end)

  -- The first attempt is cut by an API error, all others work.
  local function one_error(asked)
    return function(opts)
      asked[#asked + 1] = { program = opts.argv[1], prompt = opts.stdin }
      if #asked == 1 then
        return { code = 1, stdout = '{"type":"result","subtype":"success","is_error":true,'
          .. '"api_error_status":529,"result":"Overloaded","session_id":"s"}\n' }
      end
      return (actor.new { implement = function() return "done" end })(opts)
    end
  end

  local function run(policy)
    local asked = {}
    world.loop:script("^claude", one_error(asked))
    local first = neap.agent "claude" { retry = policy }
    local second = neap.agent "claude" { program = "claude-two" }
    local outcome = world:run(function(w)
      return w:run(first:spec {
        name = "do", prompt = "do it", access = "write", cwd = "/", others = { second },
      })
    end)
    return outcome, asked
  end

  it("gives text, session and cost", function()
    local outcome = run(2)
    assert.equal("completed", outcome.state)
    assert.equal("done", outcome.result.text)
    assert.equal("implement-1", outcome.result.session)
    assert.equal(0.01, outcome.result.cost)
  end)

  it("puts the session on record with its first line", function()
    local outcome = run(2)
    assert.equal(2, world:count(outcome.run, "agent.session", "do"))
    local row = world.store:query("SELECT session FROM attempt WHERE run = ? AND attempt = 2",
      { outcome.run })[1]
    assert.equal("implement-1", row.session)
  end)

  it("puts what it took on record, also where it failed", function()
    world.loop:script("^claude", { code = 1, stdout = '{"type":"result",'
      .. '"subtype":"error_max_turns","is_error":true,"total_cost_usd":0.04,'
      .. '"modelUsage":{"m":{"inputTokens":7}}}\n' })
    local outcome = world:run(function(w)
      return w:run(neap.agent "claude" { retry = 1 } { prompt = "do it" })
    end)
    assert.equal("turn_limit", outcome.failure.reason)
    for _, event in ipairs(world:events(outcome.run)) do
      if event.type == "agent.spent" then
        assert.equal(0.04, event.data.cost)
        assert.equal(7, event.data.usage.input)
        return
      end
    end
    error "nothing on record"
  end)

  it("goes to the next agent where the policy says so", function()
    local outcome, asked = run(retry.on "network_error" { attempts = 2, route = "retry_different" })
    assert.equal("completed", outcome.state)
    assert.equal("claude", asked[1].program)
    assert.equal("claude-two", asked[2].program)
    assert.equal("do it", asked[2].prompt)
  end)

  it("is told what went wrong where the policy says so", function()
    local _, asked = run(retry.on "network_error" { attempts = 2, route = "retry_with_context" })
    assert.equal("claude", asked[2].program)
    assert.truthy(asked[2].prompt:find("do it\n\nThe previous attempt ended with "
      .. "network_error.overloaded", 1, true), asked[2].prompt)
  end)

  it("ends as what the tool said, whatever its exit code", function()
    local outcome, asked = run(1)
    assert.equal("stalled", outcome.state)
    assert.equal("overloaded", outcome.failure.detail)
    assert.equal(1, #asked)
  end)
end)
