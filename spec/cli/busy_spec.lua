-- Ctrl-C and TERM while a Lua function does not come back, so that the loop hears nothing. #process
local shell = require "spec.support.shell"
local transcript = require "spec.support.transcript"

-- A graph, so that a process runs beside the function that spins until `go` is there.
local BUSY = [[
local neap = require "neap"
local task = neap.task
task "once" { sh = "echo once >>log" }
task "beside" { sh = "echo $$ >beside; [ -e go ] || exec sleep 90", needs = { "once" } }
task "spin" { needs = { "once" }, run = function(w)
  return w:step("until go", function()
    while not io.open "beside" do
      neap.delay "10ms"
    end
    io.open("spinning", "w"):close()
    while not io.open "go" do end
    return "spun"
  end)
end }
task "after" { "true", needs = { "spin" } }
]]

-- ThreadSanitizer keeps a signal back until the program calls something.
local compiled_it = shell.build:find "tsan$" and pending or it

local UNTIL_SPINNING = "until [ -e spinning ]; do sleep 0.01; done; "
-- Again and again: two signals that come at once may be one.
local AGAIN = "while kill -INT $pid; do sleep 0.1; done 2>/dev/null; "
local BESIDE_ENDS = "while kill -0 $(cat beside) 2>/dev/null; do sleep 0.01; done; "

describe("a Lua function that does not come back #process", function()
  local t
  before_each(function()
    t = transcript.new()
    t:write("busy.lua", BUSY)
  end)
  after_each(function()
    t:run "grep -qs neap /proc/$(cat pid)/cmdline && kill -9 $(cat pid)"
    t:close()
  end)

  local RUN = "neap run -j 2 busy.lua >out 2>&1 & pid=$!; echo $pid >pid; " .. UNTIL_SPINNING

  it("ends at the second Ctrl-C, with neap and what runs beside it, and nothing is lost", function()
    t:play("$ " .. RUN .. AGAIN .. "wait $pid; echo $?; " .. BESIDE_ENDS .. [[tail -n 2 out
130
error: a Lua function did not come back, so neap ended without it: what is on record is safe
help: run it again to go on; …
$ : >go; neap run -j 2 busy.lua
run … busy (continued)
…
result: …
$ cat log
once
]])
  end)

  compiled_it("ends also when it is workflow code", function()
    t:write("tight.lua", 'return require("neap").workflow "tight" (function()\n'
      .. "  while true do end\nend)\n")
    t:play("$ : >out; neap run tight.lua >out 2>&1 & pid=$!; echo $pid >pid; "
      .. "until grep -q ^run out; do sleep 0.01; done; " .. AGAIN .. [[wait $pid; echo $?; tail -n 2 out
130
error: a Lua function did not come back, …
help: …
]])
  end)

  it("ends at one TERM", function()
    t:play("$ " .. RUN .. "kill -TERM $pid; wait $pid; echo $?; " .. BESIDE_ENDS .. [[tail -n 2 out
…
143
error: a Lua function did not come back, …
help: …
]])
  end)

  it("hears a TERM that came just before it stood still", function()
    t:play("$ " .. RUN .. "kill -TERM $pid; sleep 0.05; kill -STOP $pid; : >go; "
      .. [[sleep 1.5; kill -CONT $pid; wait $pid; echo $?; grep -c "did not come back" out
143
0
[exit 1]
]])
  end)

  it("is let end after one Ctrl-C, however long it takes", function()
    t:play("$ " .. RUN .. "kill -INT $pid; sleep 2; : >go; kill $(cat beside); wait $pid; echo $?; " .. [[grep -e stopping -e spin out
130
stopping: nothing new starts, running steps end (Ctrl-C again ends them)
done   spin/until go…
done   spin
]])
  end)
end)
