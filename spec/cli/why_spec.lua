-- `neap why`, and a graph that is refused, as a person sees them. #process
local transcript = require "spec.support.transcript"

describe("neap why #process", function()
  local t
  before_each(function()
    t = transcript.new()
  end)
  after_each(function()
    t:close()
  end)

  it("says why a run failed, and why each node is as it is", function()
    t:write("ship.lua", [[
local task = require("neap").task
task "build" { "sh", "-c", "exit 3", attempts = 2,
               retry = { initial = "10ms", jitter = "none" } }
task "test"  { "true", needs = "build" }
task "pack"  { "true", needs = { "lint", "test" } }
task "lint"  { "true" }
]])
    t:play [[
$ neap run ship.lua >/dev/null 2>&1
[exit 1]
$ neap why ship
ship failed: crashed.exit:3: build exited with code 3.
  build failed with crashed.exit:3: build exited with code 3.
  test was skipped: it needs "build", which failed: crashed.exit:3: build exited with code 3.
  pack was skipped: it needs "test", which was skipped because "build" failed: crashed.exit:3: build exited with code 3.
$ neap why ship pack --json
{"because":{"cause":"build","failure":{…"reason":"crashed",…},"need":"test"},"run":"…","step":"pack","why":["pack was skipped: …"]}
$ neap why ship build
build failed with crashed.exit:3: build exited with code 3.
  attempt 1 ended with crashed.exit:3: build exited with code 3; the policy "*" tried again at …
  attempt 2 ended with crashed.exit:3: build exited with code 3; that was the last of …
$ neap why ship lint
lint completed.
$ neap why ship lnt
error: no step of ship is called "lnt"
help: did you mean "lint"?
[exit 2]
$ neap why ship lint --json
{"run":"…","step":"lint","why":["lint completed."]}
]]
  end)

  it("does not say that a run goes on whose neap was killed; ls and show neither", function()
    t:write("die.lua", [[
local task = require("neap").task
task "last" { sh = "test -e off && exit; touch off; sleep 0.3; kill -9 $PPID" }
task "next" { "true", needs = "last" }
]])
    t:play [[
$ neap run die.lua >/dev/null 2>&1
[exit 137]
$ neap ls
RUN …
…  die   running  …  no neap runs it; go on with: neap resume …
$ neap show die
die
run    …
state  running
file   …
began  …
waits  no neap runs it; go on with: neap resume …
…
$ neap why die
die: no neap runs it; go on with: neap resume ….
  last attempt 1 ran when its neap ended.
  next has not begun: it needs "last" (running).
$ neap why die last
last attempt 1 ran when its neap ended.
  no neap runs it; go on with: neap resume …
$ neap ls --json
[{…"orphan":true,…}]
$ neap show die --json
{…"orphan":true,…}
$ neap resume die >/dev/null; neap ls --json | grep -c orphan
0
[exit 1]
]]
  end)

  it("says each thing on one line, with nothing that would move the cursor", function()
    t:write("loud.lua", [[
return require("neap").workflow "loud" (function(w)
  return w:fail("\27[2Jloud" .. ("!"):rep(3000) .. "\nand long")
end)
]])
    t:play [[
$ neap run loud.lua >/dev/null 2>&1
[exit 1]
$ neap why loud | tr -s '!' | cat -v
loud failed: failed: loud!M-bM-^@M-&
]]
  end)

  it("says of what was open when its run ended that it was, and show asks for nothing", function()
    t:write("off.lua", [[
return require("neap").workflow "off" (function(w)
  w:receive "news"
end)
]])
    t:play [[
$ timeout -s INT 1 neap run off.lua >/dev/null; neap cancel off >/dev/null
$ neap why off
off: A person cancelled it.
  news was still waiting when the run ended.
$ neap show off | tail -n 1
news  waiting  receive        the run ended first
]]
  end)

  it("refuses a graph before anything runs, with the line", function()
    t:write("release.lua", [[
local task = require("neap").task
task "lint" { "touch", "ran" }
task "test" { "true" }
task "publish" { "npm", "publish",
  needs = { "lint", "tests" } }
]])
    t:play [[
$ neap run release.lua
error: task "publish" needs "tests", but no task has that name
  --> …release.lua:5
5 |   needs = { "lint", "tests" } }
help: did you mean "test"? (release.lua:3)
[exit 2]
$ ls
release.lua
]]
  end)
end)
