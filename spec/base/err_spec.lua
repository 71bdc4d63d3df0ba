-- err: failures as values, and mistakes shown with the script's own line.
local err = require "neap.base.err"

describe("a failure", function()
  it("reads as reason, detail and message", function()
    local failure = err.failure { reason = "timeout", detail = "silence", message = "no output" }
    assert.equal("timeout.silence: no output", tostring(failure))
    assert.equal("crashed", tostring(err.failure { reason = "crashed" }))
    assert.is_true(err.is_failure(failure))
    assert.is_false(err.is_failure { reason = "timeout" })
  end)

  it("gives the last lines of what was said", function()
    local failure = err.failure { tails = { stderr = "a\nb\nc\n", stdout = "out" } }
    assert.equal("b\nc\n", failure:tail(2))
    assert.equal("a\nb\nc\n", failure:tail(9))
    assert.equal("out", err.failure({ tails = { stdout = "out", stderr = "" } }):tail())
    assert.equal("c", err.failure({ tails = { stderr = "b\nc" } }):tail(1))
    assert.equal("", err.failure({}):tail())
  end)
end)

describe("a usage error", function()
  it("is rendered as the message, the place, the line as written and help", function()
    local _, raised = pcall(err.usage, 'task "publish" needs "tests", but no task has that name',
      { file = "release.lua", line = 14, help = 'did you mean "test"? (release.lua:9)' })
    assert.is_true(err.is_usage(raised))
    assert.equal([[
error: task "publish" needs "tests", but no task has that name
  --> release.lua:14
14 |   needs = { "lint", "tests" } }
help: did you mean "test"? (release.lua:9)]], err.render(raised, function(file, line)
      return file == "release.lua" and line == 14 and '  needs = { "lint", "tests" } }' or nil
    end))
  end)

  it("points at the script's line when no place is given", function()
    local line = debug.getinfo(1, "l").currentline + 2
    local _, raised = pcall(function()
      err.usage("wrong")
    end)
    assert.equal(line, raised.line)
    assert.matches("err_spec%.lua$", raised.file)
    assert.matches("\n" .. line .. " |       err%.usage", tostring(raised))
  end)

  it("does without a place", function()
    local _, raised = pcall(err.usage, "wrong", { file = "/no/such/file", line = 3 })
    assert.equal("error: wrong\n  --> /no/such/file:3", err.render(raised))
  end)
end)
