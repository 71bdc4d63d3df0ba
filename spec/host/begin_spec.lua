-- #process  Which run `neap run` means, whoever else asks at the same moment, from wherever; and
-- what is on record of a script.

local shell = require("spec.support.shell")

local dir

local function write(name, text)
  shell.write(dir .. "/" .. name, text)
end

local function neap(line)
  local code, out, problem = shell.run(dir, '"$NEAP" ' .. line)
  return code, out .. problem
end

---Run `line` in so many processes at once; their exit codes, sorted. When all but one have ended
---there is a file `go`.
local function at_once(times, line)
  local _, out = shell.run(dir, ([[ rm -f over.* go
    for i in $(seq %d); do ( "$NEAP" %s >out.$i 2>&1; echo $?; : >over.$i ) & done
    until [ $(ls over.* 2>/dev/null | wc -l) -ge %d ]; do sleep 0.01; done; : >go; wait]])
    :format(times, line, times - 1))
  local codes = {}
  for code in out:gmatch("%d+") do
    codes[#codes + 1] = tonumber(code)
  end
  table.sort(codes)
  return codes
end

local SLOW = [[
require("neap").task "slow" { sh = "echo once >>log; until [ -e go ]; do sleep 0.01; done" }
]]

local WAITS = [[
local neap = require "neap"
return neap.workflow "waits" (function(w)
  local late = require "late"
  w:step("a", function() return 1 end)
  w:step("b", function() return late end)
  return { w:receive "go", w:run { "pwd", cwd = "sub" }.text,
    w:step("here", function() return neap.exec { "pwd" }.text end) }
end)
]]

---Start and leave: the run waits.
local function begin(line)
  return shell.run(dir, ([["$NEAP" %s >out 2>&1 & pid=$!
    until grep -q ^wait out; do sleep 0.01; done; kill -INT $pid; wait $pid]]):format(line))
end

before_each(function()
  dir = shell.dir()
  shell.run(dir, "mkdir sub")
end)
after_each(function()
  shell.remove(dir)
end)

describe("several neaps at the same instant", function()
  it("make one run, and one of them runs it", function()
    write("slow.lua", SLOW)
    assert.same({ 0, 7, 7, 7 }, at_once(4, "run slow.lua"))
    assert.equal("once\n", shell.read(dir .. "/log"))
    local _, listed = neap("ls --json")
    assert.equal(1, select(2, listed:gsub('"id"', "")))
  end)

  it("make one run of a key, for ever", function()
    write("slow.lua", SLOW)
    assert.same({ 0, 7, 7, 7 }, at_once(4, "run --key k slow.lua"))
    assert.same({ 0, 0, 0 }, at_once(3, "run --key k slow.lua"))
    assert.equal("once\n", shell.read(dir .. "/log"))
    assert.equal(2, (neap("run --key k slow.lua other")))
    assert.equal(2, (neap("run --new --key k slow.lua")))
  end)

  it("wait for the one that makes the store", function()
    write("slow.lua", SLOW)
    -- another holds the new file as its maker does: it may be read, and not turned to WAL
    local code, out, problem = shell.run(dir, [[mkdir .neap; : >go
      printf 'BEGIN IMMEDIATE;\n.shell touch held; sleep 0.4\nROLLBACK;\n' |
        sqlite3 .neap/neap.db >maker 2>&1 &
      until [ -e held ]; do sleep 0.01; done; "$NEAP" run slow.lua; code=$?; wait; exit $code]])
    assert.equal(0, code, out .. problem)
  end)

  it("go on with one that was killed, one of them", function()
    write("slow.lua", SLOW)
    shell.run(dir, [["$NEAP" run slow.lua >out 2>&1 & pid=$!
      until [ -s log ]; do sleep 0.01; done; kill -9 $pid; wait $pid]])
    assert.same({ 0, 7, 7, 7 }, at_once(4, "run slow.lua"))
    assert.equal("once\nonce\n", shell.read(dir .. "/log"))
  end)
end)

describe("a run", function()
  before_each(function()
    write("waits.lua", WAITS)
    write("late.lua", "return 'first'")
  end)

  it("is found through a link and from elsewhere, and works where it began", function()
    shell.run(dir, "ln -s waits.lua link.lua")
    assert.equal(130, (begin("run link.lua")))
    neap("signal waits go '{\"ok\":true}'")
    local _, out = shell.run(dir .. "/sub", '"$NEAP" run ../waits.lua')
    assert.matches("(continued)", out, 1, true)
    local real = select(2, shell.run(dir, "pwd -P")):gsub("\n", "")
    assert.matches(('result: [{"ok":true},"%s/sub","%s"]'):format(real, real), out, 1, true)
  end)

  it("has all its sources on record, also of modules it asks for later", function()
    begin("run waits.lua")
    shell.run(dir, "rm waits.lua late.lua")
    local code, out = neap("run waits.lua")
    assert.equal(2, code)
    assert.matches("neap resume --recorded", out, 1, true)
    neap("signal waits go 1")
    code, out = neap("resume --recorded waits")
    assert.equal(0, code, out)
  end)

  it("can be cancelled when its script is gone, or broken", function()
    begin("run waits.lua")
    write("waits.lua", "this is no Lua")
    assert.equal(0, (neap("cancel waits")))
    assert.matches("cancelled", select(2, neap("ls")))
  end)

  it("says which steps on record its script no longer has", function()
    begin("run waits.lua")
    assert.not_matches("no longer", select(2, neap("check waits.lua")))
    write("waits.lua", (WAITS:gsub('w:step%("a"[^\n]*', "")))
    assert.matches("no longer in the script: a\n", select(2, neap("check waits.lua")))
    write("waits.lua", (WAITS:gsub('w:step%("a"[^\n]*', 'w:step("new", function() end)')))
    local _, out = neap("check --json waits.lua")
    assert.matches('"removed":["a"]', out, 1, true)
  end)
end)
