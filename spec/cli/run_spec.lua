-- neap run: starting, going on, failing, and the exit code of each end. #process
local transcript = require "spec.support.transcript"

local GRAPH = [[
local task = require("neap").task
task "deps" { "true" }
task "lint" { sh = "echo oh no >&2; exit 3", needs = "deps" }
task "build" { sh = "echo built", needs = "deps" }
task "publish" { "true", needs = { "lint", "build" } }
]]

local INPUT = [[
local neap = require "neap"
return neap.workflow "input" (function(_, a, b)
  return { a, b }
end)
]]

describe("neap run #process", function()
  local t
  before_each(function()
    t = transcript.new()
  end)
  after_each(function()
    t:close()
  end)

  it("shows each step as it begins and ends, and how the run stands", function()
    t:write("g.lua", GRAPH)
    t:play [[
$ neap run -j 1 g.lua
run … g (new)
start  deps
done   deps…
…
failed lint … crashed.exit:3: lint exited with code 3
       | oh no
…
failed in …: 2 steps done, 1 failed, 1 skipped
slowest: …
failure: crashed.exit:3: lint exited with code 3
  --> g.lua:3
3 | task "lint" { sh = "echo oh no >&2; exit 3", needs = "deps" }
more: neap show …
[exit 1]
$ neap ls
RUN…NAME  STATE   UPDATED
…  g     failed  …s ago   crashed
]]
  end)

  it("ends with each task that failed, and its line", function()
    t:write("several.lua", [[
local task = require("neap").task
task "lint" { sh = "exit 3" }
task "test" { run = function()
  error("boom")
end }
for i = 1, 5 do
  task("shard " .. i) { "false" }
end
]])
    t:play [[
$ neap run several.lua | sed -n '/^failure/,$p'
failure: 7 tasks failed
  lint     several.lua:2  crashed.exit:3: lint exited with code 3
  test     several.lua:4  crashed.lua: boom
  shard 1  several.lua:7  crashed.exit:1: shard 1 exited with code 1
  shard 2  several.lua:7  crashed.exit:1: shard 2 exited with code 1
  shard 3  several.lua:7  crashed.exit:1: shard 3 exited with code 1
  and 2 more
more: neap show …
]]
  end)

  it("hands texts and JSON to the script, and prints its result", function()
    t:write("input.lua", INPUT)
    t:play [[
$ neap run input.lua '{"x": [1]}' two
run … input (new)
completed in …: 0 steps done
result: [{"x":[1]},"two"]
$ neap run input.lua one -- --two
…
result: ["one","--two"]
]]
  end)

  it("knows a run by its key for ever, and refuses other input", function()
    t:write("input.lua", INPUT)
    t:play [[
$ neap run --key monday input.lua a
run … input (new)
…
$ neap run --key monday input.lua a
run … input (completed …s ago)
result: ["a"]
$ neap run --key monday input.lua b
error: run … has the key "monday" and other input: ["a"]
help: use another --key, or the same input
[exit 2]
$ neap run --key "" input.lua a
error: --key: must not be empty
help: neap run --help
[exit 2]
$ neap run input.lua one $(printf '\377')
error: argument 2 of the script is not UTF-8
[exit 2]
]]
  end)

  it("points into the script for mistakes, before anything runs", function()
    t:write("key.lua", 'local task = require("neap").task\n'
      .. 'task "a" {\n  "true",\n  atempts = 2,\n}\n')
    t:write("empty.lua", "")
    t:write("syntax.lua", "local x = = 1\n")
    t:play [[
$ neap run key.lua
error: task "a": unknown option "atempts"
  --> key.lua:4
4 |   atempts = 2,
help: did you mean "attempts"?
[exit 2]
$ neap run empty.lua
error: the script defines no task and returns no workflow
  --> empty.lua
help: …
[exit 2]
$ neap run syntax.lua
error: unexpected symbol near '='
  --> syntax.lua:1
1 | local x = = 1
[exit 2]
$ neap run none.lua
error: there is no script none.lua
help: …
[exit 2]
$ for n in 0 1.5 x; do neap run -j $n empty.lua 2>&1 | head -n 1; done
error: -j: must be a whole number, 1 or more, not "0"
error: -j: must be a whole number, 1 or more, not "1.5"
error: -j: must be a whole number, 1 or more, not "x"
$ ls -A | grep -v lua
[exit 1]
]]
  end)

  it("points into the script for mistakes that show while it runs", function()
    t:write("use.lua", 'local neap = require "neap"\n'
      .. 'return neap.workflow "u" (function(w)\n  w:step("a", { atempts = 1 }, print)\nend)')
    t:play [[
$ neap run use.lua
run … u (new)
failed in …: 0 steps done
failure: crashed.script: w:step: unknown option "atempts"
  --> use.lua:3
3 |   w:step("a", { atempts = 1 }, print)
help: did you mean "attempts"?
more: neap show …
[exit 2]
]]
  end)

  it("tells an end that a killed neap could not tell, once, instead of a second run", function()
    t:write("g.lua", GRAPH)
    t:play [[
$ neap run g.lua >/dev/null; neap run g.lua | head -1 # told, so the next is another
run … g (new)
$ neap ls --all | grep -c failed
2
$ sqlite3 .neap/neap.db "UPDATE lease SET owner = 99" # as a kill after the last record leaves it
$ neap run --new g.lua >/dev/null; sqlite3 .neap/neap.db "UPDATE lease SET owner = 99"
$ neap run g.lua
run … g (failed … ago)
its neap was killed before it could say so; the same command again starts another run
failure: crashed.exit:3: lint exited with code 3
  --> g.lua:3
3 | task "lint" { sh = "echo oh no >&2; exit 3", needs = "deps" }
more: neap show …
[exit 1]
$ neap run g.lua | head -1
run … g (new)
]]
  end)

  it("points at the step that a workflow ended for, also when its frame is gone", function()
    t:write("at.lua", 'local neap = require "neap"\nlocal function check(w)\n'
      .. '  w:run { "false", name = "lint" }\nend\nreturn neap.workflow "at" (function(w, tail)\n'
      .. '  if tail then\n    return w:run { "false", name = "last" }\n  end\n'
      .. '  w:try(function()\n    w:run { "false", name = "tried" }\n  end)\n  check(w)\nend)')
    t:write("node.lua", 'require("neap").task "a" { run = function(w)\n'
      .. '  w:run { "false", name = "lint" }\nend }')
    t:play [[
$ neap run at.lua | grep -A 2 ^failure
failure: crashed.exit:1: lint exited with code 1
  --> at.lua:3
3 |   w:run { "false", name = "lint" }
$ neap run at.lua | grep -A 2 ^failure
failure: crashed.exit:1: lint exited with code 1
  --> at.lua:3
3 |   w:run { "false", name = "lint" }
$ neap run node.lua | grep -A 2 ^failure
failure: crashed.exit:1: a/lint exited with code 1
  --> node.lua:2
2 |   w:run { "false", name = "lint" }
$ neap run at.lua tail | grep -A 2 ^failure
failure: crashed.exit:1: last exited with code 1
  --> at.lua:7
7 |     return w:run { "false", name = "last" }
]]
  end)

  it("points into the script where its frame is gone by a tail call", function()
    t:write("tail.lua", 'local neap = require "neap"\n'
      .. 'return neap.workflow "t" (function(w)\n  local a = w:step("a", function() end, 1)\n'
      .. '  return w:run { "true", timeout = "1 fortnight" }\nend)')
    t:write("ship.lua", 'local neap = require "neap"\n'
      .. 'return require "neap.lifecycle" "ship" {\n'
      .. '  plan = { agent = neap.agent "claude" {}, acess = "read" },\n}\n')
    t:play [[
$ neap run tail.lua
…
failure: crashed.script: w:run.timeout: must be …
  --> tail.lua:4
4 |   return w:run { "true", timeout = "1 fortnight" }
more: neap show …
[exit 2]
$ neap run ship.lua
error: lifecycle "ship".plan: unknown option "acess"
  --> ship.lua:3
3 |   plan = { agent = neap.agent "claude" {}, acess = "read" },
help: did you mean "access"?
[exit 2]
]]
  end)

  it("points at a Lua error, however long the path and in whatever module", function()
    t:play(([[
$ mkdir -p DIR && cd DIR && printf 'local m = require "m"\nreturn m.x.y\n' >a.lua
$ cd DIR && echo 'return {}' >m.lua && neap run a.lua
error: attempt to index field 'x' (a nil value)
  --> a.lua:2
2 | return m.x.y
[exit 2]
$ cd DIR && echo 'return = {}' >m.lua && neap run a.lua
error: unexpected symbol near '='
  --> m.lua:1
1 | return = {}
[exit 2]
$ cd DIR && echo 'error { code = 7 }' >m.lua && neap run a.lua
error: {"code":7}
  --> a.lua
[exit 2]
$ cd DIR && echo 'require "none"' >m.lua && neap run a.lua
error: module 'none' not found
  --> m.lua:1
1 | require "none"
[exit 2]
]]):gsub("DIR", ("deep/"):rep(20)))
    t:write("body.lua", 'return require("neap").workflow "b" (function(w)\n'
      .. '  w:step("s", { attempts = 1 }, function()\n    return w.x.y\n  end)\nend)')
    t:write("late.lua", 'return require("neap").workflow "l" (function(w)\n'
      .. '  w:step("s", { attempts = 1 }, function() require "none" end)\nend)')
    t:play [[
$ neap run late.lua
…
failure: crashed.lua: module 'none' not found:
  --> late.lua:2
2 |   w:step("s", { attempts = 1 }, function() require "none" end)
more: …
[exit 4]
$ d=$(printf 'deep/%.0s' $(seq 20)); mv body.lua $d; cd $d; neap run body.lua
run … b (new)
failed s … crashed.lua: …: attempt to index field 'x' (a nil value)
stalled in …: 0 steps done, 1 failed
failure: crashed.lua: attempt to index field 'x' (a nil value)
  --> body.lua:3
3 |     return w.x.y
more: …
[exit 4]
]]
  end)

  it("points at what nobody could have meant, before it runs or where it fails", function()
    t:write("when.lua", 'require("neap").task "a" { "true",\n  when = function(r)\n'
      .. '    return r.b.c\n  end }\n')
    t:write("words.lua", 'require("neap").task "a" { "npm ci" }\n')
    t:write("none.lua", 'return require("neap").workflow "n" (function(w)\n  w:run { "" }\nend)\n')
    t:play [[
$ neap run when.lua | grep -A 2 ^failure
failure: crashed.lua: when: attempt to index field 'b' (a nil value)
  --> when.lua:3
3 |     return r.b.c
$ neap run words.lua | grep ^failure
failure: crashed.spawn.not_found: cannot start "npm ci" in …: No such file or directory; write { "npm", "ci" } or { sh = "npm ci" }
$ neap run none.lua | grep -A 2 ^failure
failure: crashed.script: w:run: argument 1 is empty, and names the program
  --> none.lua:2
2 |   w:run { "" }
$ mkdir dir.lua; neap run dir.lua
error: cannot read …/dir.lua: Is a directory
  --> dir.lua
[exit 2]
$ neap run -j 99999999999 words.lua
error: -j: must be at most 2147483647, not "99999999999"
help: neap run --help
[exit 2]
$ neap run -j two words.lua
error: -j: must be a whole number, 1 or more, not "two"
help: neap run --help
[exit 2]
]]
  end)

  it("refuses a command whose arguments are no table", function()
    t:write("bare.lua", 'local gh = require("neap").command "gh"\nlocal list = gh "pr"\n')
    t:play [[
$ neap check bare.lua
error: gh needs a table of arguments, not string
  --> bare.lua:2
2 | local list = gh "pr"
help: gh { "…" }
[exit 2]
]]
  end)

  it("refuses a route that cannot be taken: what is made at loading, before it runs", function()
    local head = 'local neap = require "neap"\n'
    t:write("command.lua", head
      .. 'local gh = neap.command "gh" { "pr", retry = { route = "retry_different" } }\n'
      .. 'return neap.workflow "u" (function(w) w:run(gh) end)')
    t:write("agent.lua", head
      .. 'local claude = neap.agent "claude" { retry = { route = "decompose" } }\n'
      .. 'return neap.workflow "u" (function(w) w:run(claude { prompt = "x" }) end)')
    t:write("step.lua", head .. 'return neap.workflow "u" (function(w)\n'
      .. '  w:step("a", { retry = { route = "retry_with_context" } }, print)\nend)')
    t:play [[
$ neap check command.lua
error: gh.retry: the route "retry_different" needs another agent, and only an agent has it
  --> command.lua:2
2 | local gh = neap.command "gh" { "pr", retry = { route = "retry_different" } }
help: use "retry_same", "escalate" or "fail"
[exit 2]
$ neap check agent.lua
error: retry.route: must be one of "retry_same", "retry_with_context", "retry_different", "escalate", "fail", not "decompose"
  --> agent.lua:2
2 | local claude = neap.agent "claude" { retry = { route = "decompose" } }
[exit 2]
$ neap run step.lua
run … u (new)
failed in …: 0 steps done
failure: crashed.script: w:step.retry: the route "retry_with_context" needs a prompt, and only an agent has it
  --> step.lua:3
3 |   w:step("a", { retry = { route = "retry_with_context" } }, print)
help: use "retry_same", "escalate" or "fail"
more: neap show …
[exit 2]
]]
  end)

  it("says what it could not start", function()
    t:write("no.lua", 'require("neap").task "a" { "./no.lua", attempts = 3 }\n')
    t:play [[
$ neap run no.lua
run … no (new)
…
failed a                        …  crashed.spawn.permission: cannot start "./no.lua" in …: Permission denied
failed in …: 0 steps done, 1 failed
…
[exit 1]
]]
    t:write("miss.lua", 'require("neap").task "a" { "no-such-program" }\n')
    t:play [[
$ neap run miss.lua
run … miss (new)
failed a … cannot start "no-such-program"…
…
[exit 1]
]]
  end)
end)
