-- The build step that turns Lua into a C file of bytecode.
local shell = require "spec.support.shell"

local dir

---What the build would make of a module, and what it said.
local function embed(text)
  shell.write(dir .. "/module.lua", text)
  local _, _, said = shell.run(shell.cwd(),
    ("luajit runtime/app/embed.lua bytecode %s/out.c probe=%s/module.lua"):format(dir, dir))
  return shell.read(dir .. "/out.c"), said
end

---The bytecode of a module.
local function built(text)
  local source, said = embed(text)
  assert.equal("", said)
  local bytes = {}
  for byte in source:match "m1%[%] = {(.-)}":gmatch "%d+" do
    bytes[#bytes + 1] = string.char(tonumber(byte))
  end
  return table.concat(bytes)
end

local function count(text, word)
  return select(2, text:gsub(word, ""))
end

describe("embedded bytecode", function()
  setup(function()
    dir = shell.dir()
  end)
  teardown(function()
    shell.remove(dir)
  end)

  it("keeps the keys of a constructor, so that its table is as large as it will be", function()
    local bytes = built [[return function(x)
      return { unmistakable = x, nested = { another_one = x }, constant = 1 }
    end]]
    -- once for the code that sets it, once for the table
    assert.equal(2, count(bytes, "unmistakable"))
    assert.equal(2, count(bytes, "another_one"))
  end)

  it("means what the source means", function()
    local make = loadstring(built [[return function(x, y)
      local t = { a = x, b = y, inner = { c = x and { d = y }, e = false }, f = "f", 1, x, k = nil }
      if y then
        t.late = y
      end
      local u = { a = y or { b = x } }
      u.only = x
      return t, u
    end]])()
    local t, u = make(1, nil)
    assert.same({ a = 1, inner = { c = {}, e = false }, f = "f", 1, 1 }, t)
    assert.same({ a = { b = 1 }, only = 1 }, u)
    t, u = make(nil, 2)
    assert.same({ b = 2, inner = { e = false }, f = "f", 1, late = 2 }, t)
    assert.same({ a = 2 }, u)
  end)

  it("is refused with the line of a mistake", function()
    local _, said = embed "local x =\nlocal y"
    assert.matches("probe:2: unexpected symbol near 'local'", said)
  end)
end)
