-- Retry policies: what may be written, which one decides, how budgets are counted and kept.
local err = require "neap.base.err"
local json = require "neap.base.json"
local retry = require "neap.retry"

local function failure(tag, more)
  local reason, detail = tag:match("^([^.]*)%.?(.*)$")
  local fields = { reason = reason, detail = detail ~= "" and detail or nil }
  for k, v in pairs(more or {}) do
    fields[k] = v
  end
  return err.failure(fields)
end

---Tries until the policy says no: the decisions, each budget through JSON as in the store.
local function play(policy, tags, at)
  local budgets, decisions = {}, {}
  for i, tag in ipairs(tags) do
    local decision = retry.decide(policy, failure(tag), budgets, at or { seed = 1 })
    budgets = json.decode(json.encode(decision.budgets))
    decisions[i] = decision
  end
  return decisions, budgets
end

local function actions(decisions)
  local list = {}
  for i, decision in ipairs(decisions) do
    list[i] = decision.action
  end
  return table.concat(list, " ")
end

local function refused(fn, text, help)
  local ok, problem = pcall(fn)
  assert.is_false(ok)
  assert(err.is_usage(problem), tostring(problem))
  assert.equal(text, problem.message)
  if help then
    assert.equal(help, problem.help)
  end
  assert.matches("retry_spec.lua$", problem.file)
  assert.is_number(problem.line)
end

describe("a retry policy", function()
  it("counts attempts from 1 and the current one too", function()
    local decisions = play(retry.compile(3), { "timeout", "timeout", "timeout" })
    assert.equal("retry retry fail", actions(decisions))
    assert.equal(1, decisions[1].attempt)
    assert.equal(3, decisions[1].attempts)
    assert.equal("spent", decisions[3].why)
  end)

  it("has the defaults of each kind", function()
    local rows = { command = 1, condition = 1, step = 3, run = 10 }
    for kind, attempts in pairs(rows) do
      assert.equal(attempts, retry.defaults[kind].attempts, kind)
    end
    assert.is_nil(retry.defaults.agent.attempts)
    assert.same({ initial = 0.1, max = 10, multiplier = 2, jitter = "proportional",
      max_elapsed = 120 }, retry.defaults.agent.policies[1].backoff)
    assert.equal(600, retry.defaults.run.policies[1].backoff.max)
    assert.equal("fail", actions(play(retry.defaults.command, { "crashed" })))
  end)

  it("grows the delay within its jitter and never above the cap", function()
    local policy = retry.compile { attempts = 20, initial = "1s", max = "5s", jitter = "none" }
    local tags, delays = {}, {}
    for i = 1, 6 do
      tags[i] = "timeout"
    end
    for i, decision in ipairs(play(policy, tags)) do
      delays[i] = decision.delay
    end
    assert.same({ 1, 2, 4, 5, 5, 5 }, delays)
    for seed = 1, 50 do
      for i, decision in ipairs(play(retry.compile(7), tags, { seed = seed })) do
        local full = math.min(30, 2 ^ (i - 1))
        assert.is_true(decision.delay >= full / 2 and decision.delay <= full)
      end
    end
  end)

  it("gives the same delays for the same seed, and others for another", function()
    local function delays(seed)
      local list = {}
      for i, decision in ipairs(play(retry.compile(4), { "a", "a", "a" }, { seed = seed })) do
        list[i] = decision.delay
      end
      return list
    end
    assert.same(delays(7), delays(7))
    assert.not_same(delays(7), delays(8))
    assert.same(delays "c0ffee", delays "c0ffee")
  end)

  it("keeps steps that fail together from coming back together", function()
    local function delay(step)
      return retry.decide(retry.compile(3), failure("timeout", { step = step }), {},
        { seed = "c0ffee" }).delay
    end
    assert.equal(delay "a", delay "a")
    assert.not_equal(delay "a", delay "b")
  end)

  it("stops where the retry would begin too late", function()
    local policy = retry.compile { max_elapsed = "2m", initial = "10s", jitter = "none" }
    assert.is_nil(policy.attempts)
    local function at(elapsed)
      return retry.decide(policy, failure "timeout", {}, { elapsed = elapsed })
    end
    assert.equal("retry", at(100).action)
    assert.equal("retry", at(110).action)
    assert.equal("fail", at(111).action)
    assert.equal("elapsed", at(111).why)
  end)

  it("does not try again what cannot get better, unless its reason is named", function()
    local auth = failure("crashed.auth", { retryable = false })
    assert.equal("fail", retry.decide(retry.compile(3), auth).action)
    assert.equal("unmatched", retry.decide(retry.compile(3), auth).why)
    local named = retry.on "crashed.auth" { attempts = 2 }
    assert.equal("retry", retry.decide(named, auth).action)
  end)

  it("escalates once its attempts are spent, at once where none are given", function()
    local now = retry.on "permission_blocked" { route = "escalate" }
    assert.equal("escalate", retry.decide(now, failure "permission_blocked").action)
    local later = retry.on "timeout" { attempts = 2, route = "escalate" }
    local decisions = play(later, { "timeout", "timeout" })
    assert.equal("retry escalate", actions(decisions))
    assert.equal("retry_same", decisions[1].route)
  end)

  it("names the route of the retry", function()
    for _, route in ipairs { "retry_same", "retry_with_context", "retry_different" } do
      local policy = retry.on "timeout" { attempts = 2, route = route }
      assert.equal(route, retry.decide(policy, failure "timeout").route)
      assert.is_true(policy.routes[route])
    end
    assert.equal("retry_same", retry.decide(retry.compile(2), failure "timeout").route)
  end)

  it("parks until the time the failure names, at no cost", function()
    local policy = retry.first {
      retry.on "network_error.rate_limit" { wait = "reset", max = "6h" },
      retry.on "network_error" { attempts = 2, jitter = "none" },
    }
    local limited = failure("network_error.rate_limit", { reset_at = 1500 })
    local decision = retry.decide(policy, limited, {}, { now = 1000 })
    assert.same({ "retry", "waits", 500, true },
      { decision.action, decision.why, decision.delay, decision.free })
    assert.same({}, decision.budgets)
    assert.equal(0, retry.decide(policy, limited, {}, { now = 2000 }).delay)
    limited.reset_at = 1e9
    assert.equal(6 * 3600, retry.decide(policy, limited, {}, { now = 1000 }).delay)
    local silent = retry.decide(policy, failure "network_error.rate_limit", {}, { now = 1000 })
    assert.same({ "network_error", 1 }, { silent.key, silent.delay })
  end)
end)

describe("a list of policies", function()
  local function patient()
    return {
      retry.on "network_error" { attempts = 5, initial = "1s", max = "30s", jitter = "equal" },
      retry.on "timeout" { attempts = 2, route = "retry_different" },
      retry.on "schema_invalid" { attempts = 2, route = "retry_with_context" },
      retry.on { "permission_blocked", "budget_exceeded" } { route = "escalate" },
      retry.otherwise { attempts = 1 },
    }
  end

  it("lets the first that matches decide, sub-tags included", function()
    local policy = retry.first(patient())
    local rows = {
      { "network_error.reset", "network_error", "retry" }, { "timeout", "timeout", "retry" },
      { "budget_exceeded.quota", "budget_exceeded,permission_blocked", "escalate" },
      { "crashed.exit:1", "*", "fail" },
    }
    for _, row in ipairs(rows) do
      local decision = retry.decide(policy, failure(row[1]))
      assert.same({ row[2], row[3] }, { decision.key, decision.action })
    end
  end)

  it("gives each its own budget", function()
    local decisions = play(retry.first(patient()),
      { "timeout", "network_error", "schema_invalid", "network_error", "timeout" })
    assert.equal("retry retry retry retry fail", actions(decisions))
  end)

  it("keeps budgets when the list is put in another order", function()
    local list = patient()
    local _, budgets = play(retry.first(list), { "timeout", "network_error" })
    list[1], list[2] = list[2], list[1]
    local decision = retry.decide(retry.first(list), failure "timeout", budgets)
    assert.equal("spent", decision.why)
    assert.equal(2, retry.decide(retry.first(list), failure "network_error", budgets).attempt)
    local swapped = retry.on { "budget_exceeded", "permission_blocked" } {}
    assert.equal("budget_exceeded,permission_blocked", swapped.key)
  end)

  it("does not change the budgets it is given", function()
    local budgets = { timeout = 1 }
    retry.decide(retry.compile(3), failure "timeout", budgets)
    assert.same({ timeout = 1 }, budgets)
  end)

  it("fails fast on what nobody matches", function()
    local policy = retry.first { retry.on "timeout" { attempts = 5 } }
    local decision = retry.decide(policy, failure "crashed")
    assert.same({ "fail", "unmatched" }, { decision.action, decision.why })
  end)

  it("may be a plain array, and may be nested", function()
    local policy = retry.compile {
      { retry.on "timeout" { attempts = 2 }, retry.on "killed" { attempts = 7 } },
      retry.first { retry.on "crashed" { attempts = 3 } },
      retry.otherwise { attempts = 4 },
    }
    assert.equal(4, #policy.policies)
    assert.equal(7, policy.attempts)
    assert.equal("crashed", retry.decide(policy, failure "crashed.exit:2").key)
    assert.equal("*", retry.decide(policy, failure "unknown").key)
  end)

  it("has no bound where one of it has none", function()
    local policy = retry.first { retry.on "timeout" { attempts = 2 },
      retry.otherwise { max_elapsed = "1h" } }
    assert.is_nil(policy.attempts)
  end)

  it("puts the ceiling on tries in all before everything", function()
    local policy = retry.first { attempts = 3, retry.on "timeout" { attempts = 9 },
      retry.on "crashed" { attempts = 9 } }
    assert.equal(3, policy.attempts)
    local decisions = play(policy, { "timeout", "crashed", "timeout" })
    assert.equal("retry retry fail", actions(decisions))
    assert.same({ "ceiling", "#total" }, { decisions[3].why, decisions[3].key })
  end)

  it("matches error codes, tags and functions", function()
    local policy = retry.first {
      retry.on "SQLITE_BUSY" { attempts = 2 },
      retry.on "flaky" { attempts = 2 },
      retry.on(function(f)
        return f.step == "build"
      end) { name = "of the build", attempts = 2 },
    }
    local function key(more)
      return retry.decide(policy, failure("crashed", more)).key
    end
    assert.equal("SQLITE_BUSY", key { code = "SQLITE_BUSY" })
    assert.equal("flaky", key { tags = { "flaky.network" } })
    assert.is_nil(key { tags = { "flakybutnot" } })
    assert.equal("of the build", key { step = "build" })
  end)

  it("maps exit reasons to routes, the most special first", function()
    local policy = retry.on_exit {
      network_error = "retry_same", ["network_error.rate_limit"] = "escalate",
      timeout = { attempts = 5, route = "retry_different" },
    }
    assert.equal("escalate", retry.decide(policy, failure "network_error.rate_limit").action)
    assert.equal("retry", retry.decide(policy, failure "network_error.reset").action)
    assert.equal(5, policy.attempts)
  end)
end)

describe("what a policy refuses", function()
  it("two policies with one budget", function()
    refused(function()
      retry.first { retry.on "timeout" { attempts = 2 }, { retry.on "timeout" { attempts = 3 } } }
    end, 'retry: two policies share the budget "timeout"', "give one of them a name")
    assert.truthy(retry.first { retry.on "timeout" { attempts = 2 },
      retry.on "timeout" { attempts = 3, name = "more" } })
  end)

  it("options nobody knows, with the nearest that somebody does", function()
    refused(function()
      retry.on "timeout" { attemps = 2 }
    end, 'retry.on "timeout": unknown option "attemps"', 'did you mean "attempts"?')
    refused(function()
      retry.compile { retires = 2 }
    end, 'retry: unknown option "retires"')
    refused(function()
      retry.first { retry.on "timeout" {}, atempts = 2 }
    end, 'retry.first: unknown option "atempts"', 'did you mean "attempts"?')
  end)

  it("routes that cannot be taken", function()
    refused(function()
      retry.on "timeout" { route = "decompose" }
    end, 'retry.on "timeout".route: must be one of "retry_same", "retry_with_context", '
      .. '"retry_different", "escalate", "fail", not "decompose"')
    refused(function()
      retry.on_exit { timeout = "retry_other" }
    end, 'retry.on "timeout".route: must be one of "retry_same", "retry_with_context", '
      .. '"retry_different", "escalate", "fail", not "retry_other"')
  end)

  it("reasons with a slip in them", function()
    refused(function()
      retry.on "netwrok_error.reset" {}
    end, 'retry.on: there is no reason "netwrok_error"', 'did you mean "network_error"?')
    refused(function()
      retry.on_exit { no_such_thing = "fail" }
    end, 'retry.on_exit: unknown option "no_such_thing"')
    assert.truthy(retry.on "network" {})
  end)

  it("numbers out of range, functions without a name, lists without anything", function()
    refused(function()
      retry.compile(0)
    end, "retry.attempts: must be a whole number, 1 or more, not 0")
    refused(function()
      retry.otherwise { multiplier = 0.5 }
    end, "retry.otherwise.multiplier: must be a number, 1 or more, not 0.5")
    refused(function()
      retry.otherwise { factor = 2 }
    end, "retry.otherwise.factor: must be a number from 0 to 1, not 2")
    refused(function()
      retry.on(function() end) {}
    end, "retry.on function: a policy with a function needs a name, its budget is kept under it")
    refused(function()
      retry.first {}
    end, "retry.first: needs at least one policy")
    refused(function()
      retry.on {}
    end, "retry.on: needs at least one reason, code, tag or function")
    refused(function()
      retry.compile "often"
    end, "retry: must be a number of attempts, options or a policy, not a string")
  end)

  it("a policy whose options were forgotten", function()
    refused(function()
      retry.first { retry.on "timeout" }
    end, "retry.first[1]: retry.on without its options", 'write retry.on "…" { … }')
  end)
end)
