-- Why a process ended: the precedence, row by row and rule against rule.
local exit = require "neap.policy.exit"

local function tag(facts, tool)
  local result = exit.classify(facts, tool)
  return result.detail and result.reason .. "." .. result.detail or result.reason
end

-- One row for each rule, strongest first: what makes it hold, and what it says.
local claude = { [1] = "crashed.usage" }
local RULES = {
  { "spawn", { spawn_error = { code = "not_found" } }, {}, "crashed.spawn.not_found" },
  { "terminal", {}, { terminal = { reason = "network_error", detail = "rate_limit" } },
    "network_error.rate_limit" },
  { "pending", {}, { pending = { blocked_on = "Bash" } }, "permission_blocked.pending_prompt" },
  { "stopped", { stopped = "timeout.wall" }, {}, "timeout.wall" },
  { "signal", { signal = 9 }, {}, "killed.signal:SIGKILL" },
  { "codes", { code = 1 }, { codes = claude }, "crashed.usage" },
  { "patterns", { code = 1 }, { patterns = { { "rate.?limit", "network_error.rate_limit" } },
    error_text = "API: Rate limit reached" }, "network_error.rate_limit" },
  { "exit", { code = 1 }, {}, "crashed.exit:1" },
}

local function merge(a, b)
  local both = {}
  for _, t in ipairs { b, a } do
    for k, v in pairs(t) do
      both[k] = v
    end
  end
  return both
end

describe("policy.exit", function()
  for i, strong in ipairs(RULES) do
    it(("%s alone says %s"):format(strong[1], strong[4]), function()
      assert.equal(strong[4], tag(strong[2], strong[3]))
      assert.equal(strong[1], exit.classify(strong[2], strong[3]).rule)
    end)
    for j = i + 1, #RULES do
      local weak = RULES[j]
      it(("%s wins over %s"):format(strong[1], weak[1]), function()
        assert.equal(strong[4], tag(merge(strong[2], weak[2]), merge(strong[3], weak[3])))
      end)
    end
  end

  it("says why a process could not be started, and whether it may be later", function()
    local function spawn(code, errno)
      local result = exit.classify({ spawn_error = { code = code, errno = errno } })
      return { result.detail, result.retryable }
    end
    assert.same({ "spawn.permission", false }, spawn("invalid", 13))
    assert.same({ "spawn.not_executable", false }, spawn("invalid", 8))
    assert.same({ "spawn.too_big", false }, spawn("limit", 7))
    assert.same({ "spawn.limit", true }, spawn("limit", 24))
  end)

  it("believes the tool's own result although a signal or a code follows", function()
    local tool = { terminal = { reason = "normal" } }
    assert.equal("normal", tag({ signal = 15, stopped = "killed.lingering" }, tool))
    assert.equal("normal", tag({ code = 1 }, tool))
  end)

  it("has the tool's own words where there are any", function()
    local tool = { terminal = { reason = "turn_limit", message = "3 turns are enough" } }
    assert.equal("3 turns are enough", exit.classify({ code = 1 }, tool).message)
    assert.is_nil(exit.classify({ code = 1 }).message)
  end)

  it("believes an API error although the tool exits 0", function()
    assert.equal("network_error.overloaded",
      tag({ code = 0 }, { terminal = { reason = "network_error", detail = "overloaded" } }))
  end)

  it("calls a plain command's exit 0 normal, and asks a tool's own table", function()
    assert.equal("normal", tag { code = 0 })
    assert.equal("unknown.no_result", tag({ code = 0 }, { codes = {} }))
  end)

  it("reads what a shell says about its child", function()
    assert.equal("crashed.not_found", tag { code = 127 })
    assert.equal("crashed.not_executable", tag { code = 126 })
    assert.equal("killed.signal:SIGKILL", tag { code = 137 })
    assert.equal("killed.signal:SIGTERM", tag { code = 143 })
    assert.equal("crashed.signal:SIGSEGV", tag { code = 139 })
    assert.equal("crashed.exit:173", tag { code = 173 })
  end)

  it("tells a fault of the program from a signal that came from outside", function()
    for _, number in ipairs { 4, 6, 7, 8, 11 } do
      assert.equal("crashed", exit.classify({ signal = number }).reason)
    end
    for _, number in ipairs { 1, 2, 9, 15, 12 } do
      assert.equal("killed", exit.classify({ signal = number }).reason)
    end
    assert.equal("killed.signal:40", tag { signal = 40 })
  end)

  it("never reads prose: patterns see only the error text, and only after a failure", function()
    local patterns = { { "429", "network_error.rate_limit" } }
    assert.equal("crashed.exit:1", tag({ code = 1, stdout = "got 429" }, { patterns = patterns }))
    assert.equal("normal", tag({ code = 0 }, { patterns = patterns, error_text = "429" }))
  end)

  it("takes the first pattern that holds", function()
    local tool = { error_text = "quota exceeded (429)", patterns = {
      { "quota exceeded", "budget_exceeded.quota" }, { "429", "network_error.rate_limit" } } }
    assert.equal("budget_exceeded.quota", tag({ code = 1 }, tool))
  end)

  it("lets the tool name the detail of a timeout, and of nothing else", function()
    local tool = { timeout = "stalled_retrying" }
    assert.equal("timeout.stalled_retrying", tag({ stopped = "timeout.silence" }, tool))
    assert.equal("killed.cancelled", tag({ stopped = "killed.cancelled" }, tool))
  end)

  it("says what waited for permission", function()
    local result = exit.classify({ stopped = "timeout.silence" },
      { pending = { blocked_on = "Bash" } })
    assert.equal("Bash", result.blocked_on)
    assert.is_false(result.retryable)
  end)

  it("says whether trying again may help", function()
    local rows = {
      normal = false, timeout = true, ["timeout.wall"] = true, budget_exceeded = false,
      turn_limit = true, permission_blocked = false, ["permission_blocked.denied"] = false,
      ["killed.signal:SIGTERM"] = true, ["killed.cancelled"] = false, schema_invalid = true,
      ["network_error.rate_limit"] = true, ["crashed.exit:1"] = true, ["crashed.auth"] = false,
      ["crashed.spawn.not_found"] = false, ["crashed.spawn.no_memory"] = true,
      ["crashed.not_found"] = false, unknown = true, ["my_own.thing"] = true,
    }
    for name, expected in pairs(rows) do
      assert.equal(expected, exit.is_retryable(name), name)
    end
  end)

  it("answers for every reason of the list, and for no facts at all", function()
    for _, reason in ipairs(exit.reasons) do
      assert.is_true(exit.is_reason(reason))
      assert.equal(reason, exit.classify({}, { terminal = { reason = reason } }).reason)
    end
    assert.is_false(exit.is_reason "network")
    assert.equal("unknown", tag {})
  end)

  it("lets people put their own rules where they belong", function()
    local oom = { name = "oom", before = "signal", match = function(facts)
      return facts.oom and "killed.oom"
    end }
    local first = { name = "first", match = function(facts)
      return facts.first and "unknown.first"
    end }
    local rules = exit.extend { oom, first }
    local tool = { rules = rules }
    assert.equal("killed.oom", tag({ signal = 9, oom = true }, tool))
    assert.equal("killed.signal:SIGKILL", tag({ signal = 9 }, tool))
    assert.equal("timeout.wall", tag({ stopped = "timeout.wall", oom = true }, tool))
    assert.equal("unknown.first", tag({ spawn_error = {}, first = true }, tool))
    assert.equal(#exit.rules + 2, #rules)
    assert.has_error(function()
      exit.extend { { name = "x", before = "signals", match = function() end } }
    end, 'exit.extend: there is no rule "signals" to go before')
  end)
end)
