-- #process #slow  What a neap leaves when it is killed is ended by the next one before anything of
-- the run begins again: groups, those who left them, and the processes of Lua bodies.

local ffi = require("ffi")
local shell = require("spec.support.shell")

ffi.cdef [[
int open(const char *path, int flags, ...);
int close(int fd);
int fcntl(int fd, int command, ...);
void *signal(int number, void *handler);
]]

local dir

---Whoever executes the program at `path` stands still there until the function returned is called.
local function hold(path)
  local O_CLOEXEC, F_SETLEASE, F_WRLCK, SIGIO, SIG_IGN = 0x80000, 1024, 1, 29, 1
  ffi.C.signal(SIGIO, ffi.cast("void *", SIG_IGN)) -- how we would be told that somebody waits
  local fd = ffi.C.open(path, O_CLOEXEC)
  assert(ffi.C.fcntl(fd, F_SETLEASE, ffi.new("int", F_WRLCK)) == 0, "no lease on " .. path)
  return function()
    ffi.C.close(fd)
    ffi.C.signal(SIGIO, nil)
  end
end

---How many processes of the run in `dir` there are; their command line ends in its path.
local function alive()
  local _, out = shell.run(dir, [[
    for pid in /proc/[0-9]*; do
      tr '\0' '\n' <"$pid/environ" 2>/dev/null | grep -q '^NEAP_ATTEMPT=' || continue
      [ "$(readlink "$pid/cwd")" = "$PWD" ] && echo "$pid"
    done]])
  return select(2, out:gsub("\n", ""))
end

local function write(name, text)
  shell.write(dir .. "/" .. name, text)
end

---Start neap, wait until `file` is there, kill it; its exit code.
local function killed(script, file, signal)
  return shell.run(dir, ([[
    "$NEAP" run %s >out 2>&1 & pid=$!
    until [ -s %s ]; do sleep 0.01; done
    kill -%s $pid; wait $pid]]):format(script, file, signal or "KILL"))
end

describe("after a kill -9", function()
  before_each(function()
    dir = shell.dir()
  end)
  after_each(function()
    shell.remove(dir)
  end)

  it("nobody of an attempt is left when the next begins", function()
    write("tasks.lua", [[
local task = require("neap").task
task "family" { "/bin/sh", "family.sh" }
]])
    write("family.sh", [[
trap '' TERM
[ -e again ] && { ls -d /proc/[0-9]* >/dev/null; cat seen >/dev/null; echo fine; exit 0; }
setsid sleep 300 &
(trap '' TERM; sleep 301) &
nohup sleep 302 >/dev/null 2>&1 &
echo ready >ready
sleep 303
]])
    killed("tasks.lua", "ready")
    assert.is_true(alive() >= 4)
    write("again", "")
    write("seen", "")
    local code, out, problem = shell.run(dir, '"$NEAP" run tasks.lua')
    assert.equal(0, code, out .. problem)
    assert.equal(0, alive())
  end)

  it("nobody of a Lua body is left either", function()
    write("body.lua", [[
local neap = require "neap"
return neap.workflow "body" (function(w)
  return w:step("body", function()
    return neap.exec { sh = "[ -e again ] && exit 0; setsid sleep 300 & echo >ready; sleep 301",
      cwd = "." }.code
  end)
end)
]])
    killed("body.lua", "ready")
    assert.is_true(alive() >= 2)
    write("again", "")
    assert.equal(0, (shell.run(dir, '"$NEAP" run body.lua')))
    assert.equal(0, alive())
  end)

  it("nobody is left who had not yet become its program", function()
    write("body.lua", [[
local neap = require "neap"
return neap.workflow "body" (function(w)
  return w:step("body", function()
    local time = io.open("once") and "0" or "300"
    io.open("once", "w"):close()
    return neap.exec { "./program", time }.code
  end)
end)
]])
    write("program", '#!/bin/sh\nexec sleep "$1"\n')
    shell.run(dir, "chmod +x program")
    local release = hold(dir .. "/program")
    shell.run(dir, [["$NEAP" run body.lua >out 2>&1 & pid=$!
      until grep -qs "^[0-9]* ([^)]*) . $pid " /proc/[0-9]*/stat; do sleep 0.01; done
      kill -KILL $pid; wait $pid
      ( "$NEAP" run body.lua >again 2>&1; echo $? >code ) >/dev/null 2>&1 & sleep 0.2]])
    release()
    shell.run(dir, "until [ -s code ]; do sleep 0.01; done")
    assert.equal("0\n", shell.read(dir .. "/code"), shell.read(dir .. "/again"))
    assert.equal(0, alive())
  end)

  it("no output of a process whose end is on record is left", function()
    write("spool.lua", [[
local neap = require "neap"
return neap.workflow "spool" (function(w)
  w:step("body", function()
    neap.exec { sh = "[ -e again ] || { : >again; kill -9 $PPID; sleep 5; }" }
  end)
end)
]])
    assert.equal(137, (shell.run(dir, '"$NEAP" run spool.lua')))
    shell.run(dir, [[run=$("$NEAP" ls --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
      : >".neap/spool/$run~before~1~1.out"]])
    assert.equal(0, (shell.run(dir, '"$NEAP" run spool.lua')))
    assert.equal("", select(2, shell.run(dir, "ls .neap/spool")))
  end)

  it("a body that ends neap each time is not run for ever", function()
    write("deadly.lua", [[
local neap = require "neap"
return neap.workflow "deadly" (function(w)
  w:step("before", function() end)
  w:step("deadly", { attempts = 9 }, function()
    neap.exec { sh = "echo again >>count; kill -9 $PPID; sleep 5" }
  end)
end)
]])
    local code, out
    for _ = 1, 8 do
      code, out = shell.run(dir, '"$NEAP" run deadly.lua')
      if code ~= 137 then
        break
      end
    end
    assert.equal(4, code, out)
    assert.matches("may be what ends neap", out)
    assert.equal(6, select(2, shell.read(dir .. "/count"):gsub("\n", "")))
    assert.equal(0, alive())
  end)
end)

describe("a second Ctrl-C", function()
  it("ends what a Lua body waits for, and the body runs again later", function()
    dir = shell.dir()
    write("body.lua", [[
local neap = require "neap"
return neap.workflow "body" (function(w)
  return w:step("body", function()
    local ok, result = pcall(neap.exec, { sh = "[ -e again ] && exit 0; echo >ready; sleep 301" })
    return ok and result.code
  end)
end)
]])
    local code = shell.run(dir, [[
      "$NEAP" run body.lua >out 2>&1 & pid=$!
      until [ -s ready ]; do sleep 0.01; done
      kill -INT $pid; until grep -q ^stopping out; do sleep 0.01; done
      kill -INT $pid; wait $pid]])
    assert.equal(130, code)
    assert.equal(0, alive())
    write("again", "")
    local again, out = shell.run(dir, '"$NEAP" run body.lua')
    assert.equal(0, again)
    assert.matches("result: 0", out)
    shell.remove(dir)
  end)
end)
