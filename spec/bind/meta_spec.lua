-- Every stub in runtime/bind/meta says exactly what its module has.
-- A stub returns the module's table and, when the module makes objects, a second table from the
-- name of their type to the table of their methods.

local native = require "neap.native"

local function stubs()
  local names = {}
  local pipe = assert(io.popen "ls runtime/bind/meta")
  for line in pipe:lines() do
    names[#names + 1] = line:match "^(.*)%.lua$"
  end
  pipe:close()
  return names
end

local function compare(what, stub, real)
  for name, value in pairs(stub) do
    assert(real[name] ~= nil, ("%s.%s is in the stub only"):format(what, name))
    assert.equal(type(value) == "function", type(real[name]) == "function",
      ("%s.%s: one is a function"):format(what, name))
  end
  for name in pairs(real) do
    assert(stub[name] ~= nil or name:sub(1, 2) == "__", ("%s.%s has no stub"):format(what, name))
  end
end

describe("the stubs of the native modules", function()
  it("are there", function()
    assert.is_true(#stubs() >= 1)
  end)

  for _, name in ipairs(stubs()) do
    it(name .. " says what the module has, both ways", function()
      local module, types = assert(loadfile("runtime/bind/meta/" .. name .. ".lua"))()
      compare("native." .. name, module, assert(native[name], "no such module"))
      for type_name, methods in pairs(types or {}) do
        local metatable = assert(debug.getregistry()[type_name], "no type " .. type_name)
        compare(type_name, methods, metatable.__index)
      end
    end)
  end
end)
