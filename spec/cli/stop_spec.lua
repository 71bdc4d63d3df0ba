-- Stopping and going on: Ctrl-C, TERM, kill -9, messages, cancel. #process
local transcript = require "spec.support.transcript"

local WAIT = [[
local neap = require "neap"
return neap.workflow "wait" (function(w)
  w:cleanup(function(clean)
    clean:run { sh = "echo cleaned >>log", name = "clean" }
  end)
  w:run { sh = "echo once >>log", name = "once" }
  local answer = w:receive "answer"
  w:run { sh = "echo begun >>log; until [ -e go ]; do sleep 0.01; done; echo ended >>log",
    name = "slow" }
  return answer
end)
]]

local function until_seen(text, file)
  return ("until grep -q '%s' %s; do sleep 0.01; done; "):format(text, file or "out")
end

describe("a run #process", function()
  local t
  before_each(function()
    t = transcript.new()
    t:write("wait.lua", WAIT)
  end)
  after_each(function()
    t:close()
  end)

  it("stops softly at Ctrl-C, says what will not wake by itself, and goes on", function()
    t:play([[
$ : >out; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[kill -INT $!; wait $!
[exit 130]
$ cat out
run … wait (new)
start  once
done   once…
wait   answer                          waits for a message
stopping: nothing new starts, running steps end (Ctrl-C again ends them)
interrupted: everything finished is on record
will not wake by itself: answer waits for a message
go on with: neap run wait.lua
$ neap ls
RUN …
… wait  waiting  …s ago   answer waits for a message
$ neap resume
nothing is due
$ neap signal wait answer '{"ok":true}'
sent to … (wait)
$ : >go; neap run wait.lua
run … wait (continued)
…
done   slow…
completed in …: 1 step done
result: {"ok":true}
$ cat log
once
begun
ended
]])
  end)

  it("lets a run end whose last step runs at a Ctrl-C, and ends the step at the second", function()
    t:play([[
$ : >out; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[neap signal wait answer 1; ]]
      .. until_seen "^start  slow" .. [[kill -INT $!; ]] .. until_seen "^stopping"
      .. [[: >go; wait $!; echo $?; tail -n 2 out; cat log
sent to … (wait)
0
slowest: …
result: 1
once
begun
ended
$ rm go; : >out; neap run --new wait.lua >out & ]]
      .. until_seen "^wait" .. [[neap signal wait answer 1; ]] .. until_seen "^start  slow"
      .. [[kill -INT $!; ]] .. until_seen "^stopping" .. [[kill -INT $!; wait $!; echo $?
sent to … (wait)
130
$ tail -n 5 out
stopping now: the running processes are ended
stop   slow … interrupted; it will run again, at no cost
interrupted: everything finished is on record
will run again: slow
go on with: neap run wait.lua
$ : >go; neap run wait.lua | tail -n 2
…
result: 1
]])
  end)

  it("goes on under nohup when its terminal is gone", function()
    t:play([[
$ : >out; nohup neap run wait.lua >out 2>/dev/null & ]] .. until_seen "^wait"
      .. [[kill -HUP $!; neap signal wait answer 1; : >go; wait $!; tail -n 1 out
sent to … (wait)
result: 1
]])
  end)

  it("lets a step that ended in time be done, though neap itself stood still (Ctrl-Z)", function()
    t:write("stood.lua", [[
return require("neap").workflow "stood" (function(w)
  w:run { sh = "echo begun >>log; until [ -e go ]; do sleep 0.01; done; echo ended >>log",
    name = "slow", timeout = "3s", silence = "3s" }
end)
]])
    t:play("$ neap run stood.lua >out & " .. until_seen("begun", "log 2>/dev/null")
      .. "kill -STOP $!; : >go; " .. until_seen("ended", "log")
      .. [[sleep 4; kill -CONT $!; wait $!; tail -n 2 out
done   slow…
completed in …
]])
  end)

  it("survives kill -9: nothing finished is done again", function()
    t:play([[
$ : >out; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[neap signal wait answer 1; ]]
      .. until_seen("begun", "log") .. [[kill -9 $!; wait $! 2>/dev/null; : >out2; (]]
      .. until_seen("attempt 2", "out2") .. [[: >go) & neap run wait.lua | tee out2
sent to … (wait)
run … wait (continued)
stop   slow … interrupted; it will run again, at no cost
start  slow                            attempt 2
done   slow…
completed in …: 1 step done
result: 1
$ cat log
once
begun
begun
ended
]])
  end)

  it("is cancelled by another process, cleans up, and says so in its exit code", function()
    t:play([[
$ : >out; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[neap cancel wait; wait $!; echo $?; cat log
cancelled: … (wait)
9
once
cleaned
$ neap cancel wait
error: run … is over: cancelled
[exit 1]
$ neap signal wait answer
error: run … is over: cancelled
[exit 1]
]])
  end)

  it("is cancelled also when nobody runs it", function()
    t:play([[
$ : >out; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[kill -9 $!; wait $! 2>/dev/null
[exit 137]
$ neap cancel wait
run … wait (to be cancelled)
…
cancelled in …
$ cat log
once
cleaned
]])
  end)

  it("is resumed when something is due, until it only waits again", function()
    t:write("two.lua", [[
local neap = require "neap"
return neap.workflow "two" (function(w)
  w:receive "first"
  w:receive "second"
  w:sleep("soak", "1h")
end)
]])
    t:play([[
$ : >out; neap run two.lua >out & ]] .. until_seen "^wait"
      .. [[kill -9 $!; wait $! 2>/dev/null; neap resume
nothing is due
$ neap signal two first; neap resume
sent to … (two)
run … two (continued)
…
waiting in …: 0 steps done
second waits for a message
[exit 3]
$ neap signal two second; neap resume two
sent to … (two)
…
soak sleeps until … (in …)
[exit 8]
]])
  end)

  it("is resumed also when the script of another one is gone", function()
    t:write("one.lua", 'return require("neap").workflow "one" (function(w)\n'
      .. '  return w:receive "go"\nend)\n')
    t:play([[
$ sed 's/"one"/"two"/' one.lua >two.lua
$ for n in two one; do : >out; neap run $n.lua >out & ]] .. until_seen "^wait"
      .. [[kill -9 $!; wait $! 2>/dev/null; neap signal $n go 7; done
sent to … (two)
sent to … (one)
$ rm two.lua; neap resume
error: the script of run … is gone: …two.lua
help: neap resume --recorded …
run … one (continued)
…
result: 7
[exit 2]
$ neap resume --recorded two | tail -n 1
result: 7
]])
  end)

  it("is run by one neap at a time", function()
    t:play([[
$ : >out; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[neap run wait.lua; ]]
      .. [[neap resume wait; kill -TERM $!; wait $!; echo $?
error: run … is being run by another neap (process …)
run … is being run by another neap (process …)
143
]])
  end)

  it("is gone on with by who asks while the old one still dies", function()
    t:play([[
$ : >out; : >out2; : >go; neap run wait.lua >out & ]] .. until_seen "^wait" .. [[P=$!; ]]
      .. [[(sleep 0.05; kill -9 $P; ]] .. until_seen("continued", "out2")
      .. [[neap signal wait answer 1) & neap run wait.lua >out2; wait $P 2>/dev/null; cat out2
sent to … (wait)
run … wait (continued)
…
result: 1
]])
  end)

  it("says who has it when another neap took it over, and leaves it alone", function()
    t:write("taken.lua", [[
local neap = require "neap"
return neap.workflow "taken" (function(w)
  w:run { sh = "test -e again || { touch again; exec sleep 60; }", name = "slow" }
  w:receive "go"
  return "there"
end)
]])
    -- without the file of locks each takes the other for dead
    t:play([[
$ : >out; neap run taken.lua >out & here=$!; ]] .. until_seen "^start" .. [[until [ -e again ]; do sleep 0.01; done; rm .neap/owners; : >there; neap run taken.lua >there & pid=$!; wait $here; echo $?; sed s/$pid/PID/ out; ]] .. until_seen("^wait", "there") .. [[neap signal taken go; wait $pid; cat there
7
run … taken (new)
start  slow
taken over: another neap (process PID) runs it now; what was done here since is not on record
how it goes on there: neap show …
sent to … (taken)
run … taken (continued)
stop   slow … interrupted; it will run again, at no cost
start  slow                            attempt 2
done   slow…
wait   go                              waits for a message
again  go                              a message came
completed in …: 1 step done
result: "there"
$ neap verify
… events: every one is as it was written
]])
  end)

  it("says so within a moment, though it only waits", function()
    t:play([[
$ : >go; : >out; : >there; neap run wait.lua >out & here=$!; ]] .. until_seen "^wait" .. [[rm .neap/owners; neap run wait.lua >there & pid=$!; wait $here; echo $?; sed s/$pid/PID/ out; ]] .. until_seen("^wait", "there") .. [[neap signal wait answer 1; wait $pid; tail -n 1 there
7
run … wait (new)
…
taken over: another neap (process PID) runs it now; what was done here since is not on record
how it goes on there: neap show …
sent to … (wait)
result: 1
]])
  end)

  it("that another neap took over and ended ends with exit code 7, at its next record", function()
    t:write("ended.lua", [[
local neap = require "neap"
return neap.workflow "ended" (function(w)
  w:run { sh = "test -e again || { touch again; exec sleep 60; }", name = "slow" }
  return "there"
end)
]])
    t:play([[
$ : >out; neap run ended.lua >out & ]] .. until_seen "^start" .. [[until [ -e again ]; do sleep 0.01; done; kill -STOP $!; rm .neap/owners; neap run ended.lua >there; kill -CONT $!; wait $!
[exit 7]
$ tail -n 2 out
taken over: another neap ended it: completed; what was done here since is not on record
how it ended there: neap show …
]])
  end)
end)
