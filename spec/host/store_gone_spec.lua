-- #process  A store that is taken away, a mistake in a callback: the run is parked, it is not lost
-- and does not hang.

local shell = require("spec.support.shell")

local dir

before_each(function()
  dir = shell.dir()
end)
after_each(function()
  shell.remove(dir)
end)

describe("neap", function()
  it("does not go on in a store that was removed, and goes on when it is back", function()
    shell.write(dir .. "/two.lua", [[
local task = require("neap").task
task "one" { sh = "echo one >>log; until [ -e gone ]; do sleep 0.01; done" }
task "two" { sh = "echo two >>log", needs = "one" }
]])
    local code = shell.run(dir, [["$NEAP" run two.lua >out 2>&1 & pid=$!
      until [ -s log ]; do sleep 0.01; done; mv .neap away; : >gone; wait $pid]])
    assert.equal(7, code)
    assert.matches("was removed", shell.read(dir .. "/out"))
    local again = shell.run(dir, 'mv away .neap; "$NEAP" run two.lua && "$NEAP" verify')
    assert.equal(0, again)
    assert.matches("two\n$", shell.read(dir .. "/log"))
  end)

  it("ends with its own exit code when a callback breaks", function()
    shell.write(dir .. "/broken.lua", [[
local neap = require "neap"
return neap.workflow "broken" (function(w)
  w:run { kind = "agent", name = "a", args = {}, argv = { "echo", "x" },
    policy = require("neap.retry").defaults.command,
    stream = function() return { line = function() error("broken reader") end } end }
end)
]])
    local code, _, problem = shell.run(dir, 'timeout 10 "$NEAP" run broken.lua')
    assert.equal(70, code)
    assert.matches("broken reader", problem)
  end)
end)
