-- The real Claude Code as a subprocess of neap. Its model is a stub: what it says is scripted, how
-- the tool frames, retries, refuses, exits and dies is real.
local live = require "spec.support.live"

local OK = { type = "object", properties = { ok = { type = "boolean" } } }

-- What the stub does, the task, the options, and how the attempt must end.
local ENDS = {
  { "write", { access = "write" }, {}, "normal" },
  { "write", { access = "write", schema = OK }, {}, "normal" },
  { "write", { access = "read" }, {}, "normal" },
  { "shell", { access = "write" }, {}, "permission_blocked.denied", "refused: Bash" },
  { "ask", { access = "write" }, {}, "normal" },
  { "badtool", { access = "write" }, {}, "normal" },
  { "jsonbad", { access = "write", schema = OK }, {}, "schema_invalid.retries" },
  { "json-never", { access = "write", schema = OK }, {}, "schema_invalid.missing" },
  { "loop", { access = "write" }, { turns = 3 }, "turn_limit", "turns (3)" },
  { "loop", { access = "write" }, { budget = 0.02 }, "budget_exceeded.agent_budget" },
  { "maxtok", {}, {}, "crashed.output_limit" },
  { "400", {}, {}, "crashed.context_overflow", "too long" },
  { "401", {}, {}, "crashed.auth", "Invalid API key" },
  { "402", {}, {}, "budget_exceeded.quota", "Credit balance" },
  { "404", {}, {}, "crashed.model_not_found" },
  { "429", {}, {}, "network_error.rate_limit", "429" },
  { "429once", {}, {}, "normal" },
  { "500", {}, {}, "network_error.server_error", "500" },
  { "529", {}, {}, "network_error.overloaded", "529" },
  { "html", {}, {}, "network_error.server_error" },
  { "reset", {}, {}, "network_error.connection" },
  { "reset-mid", {}, {}, "normal" },
  { "badjson", {}, {}, "network_error.bad_response" },
  { "hang", {}, { silence = "2s" }, "timeout.stalled", "no progress for 2s" },
  { "hang-mid", {}, { timeout = "3s" }, "timeout.wall" },
  { "429", {}, { silence = "3s", env = {} }, "timeout.stalled_retrying" },
  { "write", { resume = "00000000-0000-4000-8000-000000000000" }, {}, "crashed.session_not_found" },
}

local function live_it(name, fn)
  it(name, function()
    if live.missing then
      pending(live.missing)
    end
    fn()
  end)
end

describe("the real Claude Code #live #process", function()
  teardown(live.remove_all)

  for _, case in ipairs(ENDS) do
    local mode, task, options, reason, words = unpack(case)
    live_it(("ends with %s where the model does %s"):format(reason, mode), function()
      local run = live.new(options, task)
      local _, output = run:run(mode)
      local ended = run:ended()
      assert.equal(reason, ended.reason, output)
      assert.truthy(output:find(words or "", 1, true), output)
      assert.equal(0, run:alive())
    end)
  end

  live_it("is asked on stdin, and gives its answer, session, cost and tokens", function()
    local run = live.new({}, { access = "write", schema = OK })
    run:run "write"
    local argv = run:events("attempt.intended")[1].data.argv
    assert.is_nil(table.concat(argv, " "):find("xyzzy", 1, true))
    local value = run:ended().value
    assert.same({ ok = true, summary = "wrote hello.txt" }, value.output)
    assert.equal("hello from stub\n", run:read "hello.txt")
    assert.equal(run:events("agent.session")[1].data.session, value.session)
    assert.truthy(value.cost > 0 and value.turns >= 2 and value.usage.input > 1000)
    assert.equal(value.cost, run:events("agent.spent")[1].data.cost)
  end)

  live_it("is quiet, and knows nothing of an agent around neap", function()
    local run = live.new({ allow = "Bash" }, { access = "write" })
    run:sh [[
      export CLAUDE_CODE_SSE_PORT=1 OPENCODE=1 AI_AGENT=theirs STUB_CMD="env >seen"
      serve shell; $NEAP run live.lua]]
    local seen = run:read "seen"
    assert.truthy(seen:find("NEAP_ATTEMPT=", 1, true))
    assert.truthy(seen:find("GIT_TERMINAL_PROMPT=0", 1, true))
    for _, words in ipairs { "CLAUDE_CODE_SSE_PORT", "OPENCODE", "AI_AGENT=theirs" } do
      assert.is_nil(seen:find(words, 1, true), words)
    end
  end)

  live_it("changes nothing that it may only read, whatever the tree says", function()
    local run = live.new({ allow = "Bash" }, { access = "read", schema = OK })
    run:sh [[
      mkdir .claude; export STUB_CMD="touch shell"
      echo '{"permissions":{"allow":["Bash","Write"]},"hooks":{"SessionStart":[{"hooks":[
        {"type":"command","command":"touch hooked"}]}]}}' >.claude/settings.json
      echo '{"mcpServers":{"x":{"command":"touch","args":["served"]}}}' >.mcp.json
      serve shell; $NEAP run live.lua]]
    assert.equal("normal", run:ended().reason)
    assert.is_true(run:ended().value.output.ok)
    for _, name in ipairs { "shell", "hooked", "served" } do
      assert.is_nil(run:read(name), name)
    end
  end)

  live_it("goes on in its session after kill -9, and nothing of it is left", function()
    local run = live.new({ allow = "Bash" }, { access = "write", resume = true })
    run:sh [[
      export STUB_SLEEP="touch begun; sleep 99"
      serve sleep; $NEAP run live.lua & wait_for begun; kill -9 $!]]
    assert.truthy(run:alive() >= 2)
    local code, output = run:run "write"
    assert.equal(0, code, output)
    assert.equal(0, run:alive())
    local sessions, intents = run:events "agent.session", run:events "attempt.intended"
    assert.equal(sessions[1].data.session, sessions[2].data.session)
    assert.truthy(table.concat(intents[2].data.argv, " "):find("--resume", 1, true))
  end)

  live_it("is let finish at the first Ctrl-C", function()
    local run = live.new({ allow = "Bash" }, { access = "write" })
    local _, output = run:sh [[
      export STUB_SLEEP="touch begun; sleep 1"
      serve sleep; setsid $NEAP run live.lua & wait_for begun; kill -INT $!; wait $!]]
    assert.equal("normal", run:ended().reason, output)
  end)

  live_it("is ended at the second, with its tools", function()
    local run = live.new({ allow = "Bash" }, { access = "write" })
    local code, output = run:sh [[
      export STUB_SLEEP="touch begun; sleep 99"
      serve sleep; $NEAP run live.lua & wait_for begun
      kill -INT $!; sleep 0.2; kill -INT $!; wait $!; exit $?]]
    assert.equal(130, code, output)
    assert.equal("killed.interrupted", run:ended().reason)
    assert.equal(0, run:alive())
  end)
end)
