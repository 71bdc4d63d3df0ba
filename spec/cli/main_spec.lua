-- The command line itself: its help, its errors, its interpreter.
local transcript = require "spec.support.transcript"

describe("neap", function()
  local t
  before_each(function()
    t = transcript.new()
  end)
  after_each(function()
    t:close()
  end)

  it("says what it can do", function()
    t:play [[
$ neap help
neap runs task graphs and coding agents, and loses nothing.

usage: neap COMMAND [argument…]

  run       run a script: start it, or go on with its unfinished run
…
  version   print the version

neap COMMAND --help says more.
$ neap >/dev/null 2>&1
[exit 2]
$ neap version
neap …
$ neap --version
neap …
$ neap version --json
{"jit":"LuaJIT …","version":"…"}
]]
  end)

  it("says that what it printed did not arrive, but not to a reader that left", function()
    t:play [[
$ neap help >/dev/full
error: what was printed could not be written
[exit 7]
$ seq 9999 >long; neap lua -e 'for l in io.lines "long" do print(l) end' | head -n 1
1
$ (neap lua -e 'for l in io.lines "long" do print(l) end'; echo $? >&2) 2>&1 >&- | cat
0
]]
  end)

  it("says that the directory it is in is gone", function()
    t:write("x.lua", 'require("neap").task "a" { "true" }\n')
    t:play [[
$ mkdir gone && cd gone && rmdir ../gone && for c in ls 'run ../x.lua'; do neap $c; echo $?; done
error: the current directory is gone
help: cd to one that exists
2
error: the current directory is gone
help: cd to one that exists
2
]]
  end)

  it("refuses what it does not know, with the nearest command", function()
    t:play [[
$ neap shwo x
error: there is no command "shwo"
help: did you mean "show"?
[exit 2]
$ neap frobnicate
error: there is no command "frobnicate"
help: known commands: run, …
[exit 2]
]]
  end)

  it("gives each command its own help and refuses unknown options", function()
    t:play [[
$ neap events --help
Usage: neap events …
…
$ neap events --frob
error: …--frob…
help: neap events --help
[exit 2]
$ neap show
error: missing argument 'run'
help: neap show --help
[exit 2]
]]
  end)
end)

describe("neap lua", function()
  local t
  before_each(function()
    t = transcript.new()
  end)
  after_each(function()
    t:close()
  end)

  it("runs a plain script with its arguments, globals, neap's modules and cjson", function()
    t:write("a.lua", [[
x = 1
print(arg[0], arg[1], arg[2], #arg, x, ...)
print(require("neap.base.duration").parse("1m30s"))
print(require("cjson").encode { 1, 2 })
]])
    t:play [[
$ neap lua a.lua one 'two words'
a.lua	one	two words	2	1	one	two words
90
[1,2]
]]
  end)

  it("takes -e and -l, and a script on its input", function()
    t:play [[
$ neap lua -l cjson -e 'print(1 + 1)' -e 'print(package.loaded.cjson ~= nil)'
2
true
$ echo 'print("in", ...)' | neap lua - x
in	x
$ neap lua -z
error: neap lua does not know -z
help: usage: neap lua …
[exit 2]
]]
  end)

  it("shows a script's error with the script's frames alone, and fails", function()
    t:write("bad.lua", "local function f()\n  error('oh')\nend\nf()\n")
    t:play [[
$ neap lua bad.lua
neap lua: bad.lua:2: oh
stack traceback:
	[C]: in function 'error'
	bad.lua:2: in function 'f'
	bad.lua:4: in main chunk
[exit 1]
$ neap lua none.lua
neap lua: cannot open none.lua: No such file or directory
[exit 1]
$ neap lua -e 'os.exit(7)'
[exit 7]
]]
  end)

  it("is an interpreter that busted can use", function()
    t:write("x_spec.lua", 'it("adds", function() assert.equal(2, 1 + 1) end)\n')
    t:write("y_spec.lua", 'it("fails", function() assert.equal(3, 1 + 1) end)\n')
    t:play [[
$ busted --lua=neap x_spec.lua
…
1 success / 0 failures / 0 errors / 0 pending : … seconds
$ printf 'return { default = { lua = "neap lua" } }' >.busted; busted y_spec.lua
…
0 successes / 1 failure / 0 errors / 0 pending : … seconds
…
[exit 1]
]]
  end)
end)
