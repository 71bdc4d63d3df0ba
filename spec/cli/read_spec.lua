-- The commands that read: ls, show, logs, events, why, graph, check, verify, rebuild. #process
local transcript = require "spec.support.transcript"

local GRAPH = [[
local task = require("neap").task
task "deps" { "true" }
task "lint" { sh = "echo said; echo oh no >&2; exit 3", needs = "deps" }
task "build" { sh = "echo built", needs = "deps", attempts = 2 }
task "publish" { "true", needs = { "lint", "build" } }
]]

describe("without a store", function()
  it("there are no runs, and nothing is made by asking", function()
    local t = transcript.new()
    t:play [[
$ neap ls
no runs yet
$ neap ls --json
[]
$ neap resume
nothing is due
$ for c in show events logs why cancel retry; do neap $c x 2>&1; echo $?; done | sort -u
7
error: there are no runs here, and no store
help: neap run FILE makes one
$ for c in 'signal x y' rebuild verify; do neap $c 2>&1; echo $?; done | sort -u
7
error: there are no runs here, and no store
help: neap run FILE makes one
$ for c in ls resume 'show x'; do neap $c --store nowhere 2>&1; echo $?; done | sort -u
7
error: there is no store in nowhere
help: neap run FILE makes one
$ ls -A
$ mkdir -p .neap && : >.neap/neap.db; neap ls; rm -r .neap
no runs yet
]]
    t:close()
  end)
end)

describe("a store", function()
  it("that is damaged, newer or no directory is refused, and left alone", function()
    local t = transcript.new()
    t:write("input.lua", 'return require("neap").workflow "i" (function() end)\n')
    t:play [[
$ neap run input.lua >/dev/null; cp -r .neap newer
$ printf '\003\347' | dd of=newer/neap.db bs=1 seek=62 conv=notrunc 2>/dev/null
$ cksum <newer/neap.db >before; neap ls --store newer; neap run --store newer input.lua
error: …newer…
error: …newer…
[exit 7]
$ cksum <newer/neap.db | cmp - before
$ mkdir bad; head -c 8192 /dev/urandom >bad/neap.db; neap ls --store bad
error: …
[exit 7]
$ neap run --store bad input.lua
error: …
[exit 7]
$ echo >file; neap run --store file input.lua
error: …
[exit 7]
]]
    t:close()
  end)
end)

describe("reading a run #process", function()
  local t
  before_each(function()
    t = transcript.new()
    t:write("g.lua", GRAPH)
    t:run "neap run -j1 g.lua"
  end)
  after_each(function()
    t:close()
  end)

  it("shows its steps, attempts and errors", function()
    t:play [[
$ neap show g
g
run      …
state    failed
file     …g.lua
began    … (…s ago)
took     …
failure  crashed.exit:3: lint exited with code 3

STEP     STATE      KIND     TOOK
deps     completed  command  …
…
publish  skipped    task …because of lint
…
crashed… lint, attempt 1  …
  lint exited with code 3
$ neap show nobody
error: no run is called "nobody"
help: neap ls shows the runs
[exit 2]
$ neap show g --json
{"attempts":[…],"errors":[…],"run":{…"state":"failed"…},"steps":[…]}
$ neap ls --json
[{…"name":"g",…"state":"failed"…}]
$ neap ls --state completed
no runs yet
]]
  end)

  it("prints what its processes printed", function()
    t:play [[
$ neap logs g build
built
$ neap logs g lint 2>/dev/null
said
$ neap logs g lint 2>&1 >/dev/null
oh no
$ neap logs g 2>/dev/null
== …, attempt 1
…
$ neap logs g lint --json
{"attempt":1,"step":"lint","stream":"stdout","text":"said\n"}
{"attempt":1,"step":"lint","stream":"stderr","text":"oh no\n"}
$ neap logs g nothing
error: run … has no process of step "nothing"
help: neap show … lists the steps
[exit 2]
]]
  end)

  it("prints its journal", function()
    t:play [[
$ neap events g
    1  …  run.created  …
…
   … …  run.failed  …
$ neap events g --after 1 --limit 1 --json
{…"data":{},…"n":2,…"type":"run.started",…}
]]
  end)

  it("says why", function()
    t:play [[
$ neap why g publish
…lint…
$ neap why g --json
{"run":"…","why":[…]}
]]
  end)

  it("draws the graph of the script, and the states of the run", function()
    t:play [[
$ neap graph g.lua
TASK     NEEDS        RUNS
deps                  true
lint     deps         echo said; echo oh no >&2; exit 3
build    deps         echo built                         attempts 2
publish  lint, build  true

g: 4 nodes, 4 needs
longest path: deps -> …
$ neap graph g
TASK     STATE      NEEDS        RUNS
deps     completed               true
lint     failed     deps …
…
publish  skipped …
…
$ neap graph g.lua --format dot | head -n 1
digraph "g" {
$ neap graph g.lua --format mermaid | head -n 1
graph LR
$ neap graph g.lua --json
{"critical":[…],"name":"g","nodes":[{…]}
]]
  end)

  it("draws each node of a matrix with its own values", function()
    t:write("m.lua", [[
local task = require("neap").task
task "e2e" { "run", "{shard}/2", "{other}", matrix = { shard = { 1, 2 } } }
task "tell" { sh = "echo {to}", needs = "e2e", matrix = { to = { "a b" } }, approve = "To {to}?" }
]])
    t:play [[
$ neap graph m.lua | head -n 4
TASK          NEEDS                       RUNS
e2e[shard=1]                              run 1/2 {other}
e2e[shard=2]                              run 2/2 {other}
tell[to=a b]  e2e[shard=1], e2e[shard=2]  echo 'a b'       approve To a b?
]]
  end)

  it("checks scripts, and names what is on record and no longer in them", function()
    t:write("g.lua", 'local task = require("neap").task\ntask "deps" { "true" }\n')
    t:play [[
$ neap check g.lua
g: a graph of 1 node, nothing wrong
$ neap check g
g: a graph of 1 node, nothing wrong
on record, and no longer in the script: build
on record, and no longer in the script: lint
on record, and no longer in the script: publish
$ echo 'require("neap").task "a" { "true", needs = "b" }' >bad.lua; neap check bad.lua
error: task "a" needs "b", but no task has that name
  --> bad.lua:1
1 | require("neap").task "a" { "true", needs = "b" }
[exit 2]
]]
  end)

  it("checks a workflow, and points at the step that is another one on record", function()
    t:write("w.lua", 'return require("neap").workflow "w" (function(w)\n'
      .. '  w:step("a", print, 1)\n  w:step("b", print)\n  w:receive "go"\nend)\n')
    t:play [[
$ timeout -s INT 0.5 neap run w.lua >/dev/null; neap check w.lua
w: a workflow, nothing wrong
$ sed -i 's/print, 1/print, 2/; s/"go"/"stop"/' w.lua; neap check w.lua
w: a workflow, and it does not fit what is on record
on record, and no longer in the script: go
error: step "a" runs with [2] now, and with [1] on record
  --> w.lua:2
2 |   w:step("a", print, 2)
help: put back what it was, or give the changed step a new name
[exit 2]
$ neap check w.lua --json | grep -c '"diverged":{'
1
]]
  end)

  it("checks a graph, and points at the node that is another one on record", function()
    local function script(done, open, step)
      t:write("c.lua", ([[
local task = require("neap").task
task "done" { %s }
task "open" { %s, needs = "done" }
task "deep" { needs = "done", run = function(w)
  w:step("one", print, %s)
  w:receive "go"
end }
]]):format(done, open, step))
    end
    script('"true", "1"', '"sleep", "60"', 1)
    t:play [[
$ : >out; neap run c.lua >out & until grep -q "start  open" out && grep -q "wait   deep/go" out; do sleep 0.01; done; kill -TERM $!; wait $!
[exit 143]
$ neap check c.lua
c: a graph of 3 nodes, nothing wrong
]]
    script('"true", "2"', '"sleep", "60", timeout = "1h"', 1)
    t:play [[
$ neap check c.lua
c: a graph of 3 nodes, and it does not fit what is on record
error: step "done" runs with ["true","2"] now, and with ["true","1"] on record
  --> c.lua:2
2 | task "done" { "true", "2" }
help: put back what it was, or give the changed step a new name
[exit 2]
$ neap check c.lua --json | grep -c '"diverged":{'
1
$ neap run c.lua | sed -n '/^stalled/,$p'
stalled in …: 0 steps done
failure: crashed.diverged: step "done" runs with ["true","2"] now, and with ["true","1"] on record
  --> c.lua:2
…
]]
    script('"true", "1"', '"sleep", "61"', 1)
    t:play [[
$ neap check c.lua 2>/dev/null
c: a graph of 3 nodes, and it does not fit what is on record
[exit 2]
]]
    script('"true", "1"', '"sleep", "60", env = { A = "1" }', 2)
    t:play [[
$ neap check c.lua
c: a graph of 3 nodes, and it does not fit what is on record
error: step "deep/one" runs with [2] now, and with [1] on record
  --> c.lua:5
5 |   w:step("one", print, 2)
help: put back what it was, or give the changed step a new name
[exit 2]
$ sed -i 's/"one", print, 2/"two", print, 2/; s/"go"/"stop"/' c.lua; neap check c.lua
c: a graph of 3 nodes, nothing wrong
on record, and no longer in the script: deep/go
on record, and no longer in the script: deep/one
]]
  end)

  it("prints bytes and the deepest values as JSON too", function()
    t:write("odd.lua", [[
local neap = require "neap"
return neap.workflow "odd" (function(w)
  w:step("deepest", function()
    local t = {}
    for _ = 2, 200 do t = { t } end
    return t
  end)
  return w:step("bytes", function() return neap.bytes "\255\0" end) == "\255\0"
end)
]])
    t:play [[
$ neap run odd.lua | tail -n 1
result: true
$ neap show odd --json | grep -c '{"$bytes":"/wA="}'
1
$ neap events odd --json | grep -c '{"$bytes":"/wA="}'
1
]]
  end)

  it("verifies and rebuilds", function()
    t:play [[
$ neap verify
… events: every one is as it was written
$ neap show g --json >before; neap rebuild; neap show g --json | cmp - before
rebuilt from the events
$ sqlite3 .neap/neap.db "UPDATE step SET ended_at = ended_at + 1 WHERE key = 'deps'"; neap verify
error: the table "step" is not what the events make of it (neap rebuild derives it again)
[exit 7]
$ neap rebuild && neap verify
rebuilt from the events
… events: every one is as it was written
$ cp -r .neap short; sqlite3 short/neap.db 'DELETE FROM event WHERE seq = (SELECT seq FROM tip)'
$ neap verify --store short
error: verifying: … events were written and … are there; the first that is missing has seq …
[exit 7]
$ LC_ALL=C sed -i 's/echo built/echo burnt/g' .neap/neap.db
$ neap verify
error: event … of … is not what was written…
[exit 7]
$ neap verify --json
{…"ok":false…}
[exit 7]
]]
  end)
end)
