-- The house: every include and every require follows the arrows, and files stay small.
local layers = require "spec.support.layers"
local native = require "neap.native"

local sys = native.sys

---Every file below `dir` whose name ends so, with its text.
local function files(dir, ending, found)
  found = found or {}
  for _, name in ipairs(assert(sys.list(dir))) do
    local path = dir .. "/" .. name
    if sys.stat(path).type == "directory" then
      files(path, ending, found)
    elseif path:find(ending) then
      found[#found + 1] = { path = path, text = sys.read(path) }
    end
  end
  return found
end

local function problems_of(list, check)
  local all = {}
  for _, file in ipairs(list) do
    for _, problem in ipairs(check(file.path, file.text, sys.exists)) do
      all[#all + 1] = problem
    end
  end
  return table.concat(all, "\n")
end

local c_files = files("runtime", "%.[ch]$")
local lua_files = files("stdlib", "%.lua$", files("lua", "%.lua$"))

local function median(list, ending)
  local sizes = {}
  for _, file in ipairs(list) do
    if file.path:find(ending) then
      sizes[#sizes + 1] = layers.lines(file.text)
    end
  end
  return layers.median(sizes)
end

describe("an arrow that points up", function()
  local function includes(path, text)
    return #layers.includes(path, text)
  end

  local function requires(path, text)
    return #layers.requires(path, text, sys.exists)
  end

  it("is seen in C", function()
    assert.equal(1, includes("runtime/base/x.c", '#include "core/dag.h"\n'))
    assert.equal(1, includes("runtime/core/x.c", '#include "base/err.h"\n# include <time.h>\n'))
    assert.equal(1, includes("runtime/io/x.h", '#include <lua.h>\n#include <uv.h>\n'))
    assert.equal(2, includes("runtime/bind/x.c", '#include <uv.h>\n#include "app/embed.h"\n'))
    assert.equal(1, includes("runtime/attic/x.c", ""))
    assert.equal(0, includes("runtime/sim/x.c", '#include "io/loop.h"\n#include "sim/sim.h"\n'))
  end)

  it("is seen in Lua, by every way to write it", function()
    assert.equal(1, requires("lua/neap/base/x.lua", 'local run = require "neap.run.run"\n'))
    assert.equal(1, requires("lua/neap/run/x.lua", 'f(require("neap.host.host").open)\n'))
    assert.equal(1, requires("lua/neap/policy/x.lua", 'require "neap.event.define"\n'))
    assert.equal(1, requires("lua/neap/graph/x.lua", 'require "neap"\n'))
    assert.equal(1, requires("stdlib/neap/x.lua", 'require "neap.cli.exit"\n'))
    assert.equal(1, requires("lua/neap/run/x.lua", 'require("neap.run." .. name)\n'))
    assert.equal(1, requires("lua/neap/run/x.lua", "pcall(require, name)\n"))
    assert.equal(1, requires("lua/neap/run/x.lua", 'require "neap.base.nothing"\n'))
    assert.equal(1, requires("lua/neap/run/x.lua", 'require "argparse"\n'))
    assert.equal(0, requires("lua/neap/cli/x.lua",
      'require "neap.view.style" -- not require "neap.x"\nlocal s = "require it"\n'))
  end)
end)

describe("the house", function()
  it("has no include that points up", function()
    assert.equal("", problems_of(c_files, layers.includes))
  end)

  it("has no require that points up, and four that find a name at run time", function()
    assert.equal("", problems_of(lua_files, layers.requires))
    for path in pairs(layers.found_by_name) do
      assert.is_true(sys.exists(path), path)
    end
  end)

  it("has small files", function()
    assert.is_true(median(c_files, "%.c$") <= 250)
    assert.is_true(median(lua_files, "%.lua$") <= 160)
    assert.equal("", problems_of(c_files, layers.too_long) .. problems_of(lua_files,
      layers.too_long))
  end)
end)
