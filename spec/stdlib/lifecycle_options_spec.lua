-- The options of a lifecycle are checked when the script is loaded.
local err = require "neap.base.err"
local lifecycle = require "neap.lifecycle"
local neap = require "neap"

local claude = neap.agent "claude" {}

local function options(changes)
  local o = {
    implement = { agent = claude }, test = { gate = { "make", "check" } },
  }
  for name, change in pairs(changes) do
    o[name] = change
  end
  return o
end

local function refused(changes, words)
  local ok, problem = pcall(lifecycle "ship", options(changes))
  assert.is_false(ok, words)
  assert.is_true(err.is_usage(problem), tostring(problem))
  assert.truthy(tostring(problem):find(words, 1, true), tostring(problem))
end

describe("the options of a lifecycle", function()
  it("need an author and a gate, no more", function()
    assert.truthy(lifecycle "ship"(options {}))
    refused({ implement = false }, "implement")
    refused({ test = {} }, "needs implement and test")
    refused({ implement = {} }, "implement.agent needs an agent")
  end)

  it("are refused by name and value", function()
    refused({ tset = {} }, "test")
    refused({ merge = { auto = "yes" } }, "auto")
    refused({ implement = { agent = claude, attempts = 0 } }, "1 or more")
    refused({ audit = { agent = claude, min_confidence = 70 } }, "0 to 1")
  end)

  it("cannot give an auditor or a planner more than reading", function()
    refused({ plan = { agent = claude, access = "write" } }, "access")
    refused({ audit = { agent = claude, access = "write" } }, "access")
  end)

  it("cannot wait for an auditor that is not there", function()
    refused({ merge = { auto = "on_auditor_approve" } }, "needs audit")
  end)
end)
