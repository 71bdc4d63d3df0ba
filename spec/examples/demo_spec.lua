-- The demo: an issue becomes a merged change, through a SIGKILL in the middle.
local repository = require "spec.support.repository"

local TOP = repository.sh(".", "pwd")
local NEAP = os.getenv "NEAP" or TOP .. "/build/dev/neap"

describe("the demo #process #git", function()
  local output

  setup(function()
    output = repository.sh(TOP, ("NEAP=%s NEAP_AGENT_PAUSE=0.1 examples/demo"):format(NEAP))
  end)

  it("kills neap in the second round of work and goes on", function()
    assert.truthy(output:find("$ kill -9 ", 1, true))
    assert.truthy(output:find("implement[2]   begun 2, ended 2", 1, true), output)
  end)

  it("does nothing twice that was finished", function()
    local steps = { "plan", "implement[1]", "test[1]", "test[2]", "audit[2]", "merge[1]" }
    for _, step in ipairs(steps) do
      assert.truthy(output:find(("%-14s begun 1, ended 1"):format(step), 1, true), step)
    end
  end)

  it("ends with the merged test passing", function()
    local _, last = output:find("$ neap lua spec/roman_spec.lua\n", 1, true)
    last = select(2, output:find("$ neap lua spec/roman_spec.lua\n", last, true))
    assert.equal("10 of 10 are right", output:sub(last + 1))
  end)
end)
