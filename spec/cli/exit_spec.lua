-- exit: the exit code says how a run stands.
local exit = require "neap.cli.exit"

describe("the exit code", function()
  it("of each state and reason is its own", function()
    local function failed(state, reason, detail)
      return { state = state, failure = { reason = reason, detail = detail } }
    end
    local cases = {
      { 0, { state = "completed" } },
      { 1, failed("failed", "timeout", "wall") },
      { 2, failed("failed", "crashed", "script") },
      { 3, { state = "waiting", waits = { on = { { kind = "sleep" }, { kind = "receive" } } } } },
      { 4, failed("stalled", "timeout", "wall") },
      { 5, failed("failed", "rejected") },
      { 6, failed("stalled", "budget_exceeded") },
      { 8, { state = "waiting", waits = { on = { { kind = "sleep" } }, ["until"] = 1 } } },
      { 9, { state = "cancelled" } },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[1], exit.of_run(case[2]))
    end
  end)
end)
