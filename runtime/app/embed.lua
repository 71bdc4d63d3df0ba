-- Writes the Lua half of neap as a C file: luajit embed.lua bytecode|source OUT FILE...
-- Owns the mapping from a path to a module name: lua/neap/run/step.lua is neap.run.step.
-- NAME=PATH embeds a file from elsewhere under that name; its chunk is then "=NAME", no place in a
-- script.
local bit = require "bit"
local util = require "jit.util"
local vmdef = require "jit.vmdef"

local kind, out = arg[1], arg[2]

---The module of an argument: its name, the file and the name of its chunk.
local function module(argument)
  local name, path = argument:match("^([%w_.]+)=(.*)$")
  if name then
    return { name = name, path = path, chunk = "=" .. name }
  end
  path = argument
  name = (path:gsub("^lua/", ""):gsub("^stdlib/", ""):gsub("%.lua$", ""):gsub("/init$", "")
    :gsub("/", "."))
  return { name = name, path = path, chunk = "@" .. path }
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- string.dump of LuaJIT 2.1.0-beta3 forgets the keys of a constructor whose values are no
-- constants, and with them the size of the table: it would grow again, key by key, each time it is
-- made. The reader takes such a key, with nil as its value.

---Name of an instruction, its operands, and whether it writes A, or A and what is above it.
local function decode(fn, pc)
  local ins, mode = util.funcbc(fn, pc)
  local op = bit.band(ins, 0xff) * 6
  return vmdef.bcnames:sub(op + 1, op + 6):match("%S+"), {
    a = bit.band(bit.rshift(ins, 8), 0xff), b = bit.rshift(ins, 24),
    c = bit.band(bit.rshift(ins, 16), 0xff), d = bit.rshift(ins, 16),
    writes = bit.band(mode, 7) == 1, writes_up = bit.band(mode, 7) == 2,
  }
end

---Call `fn(template, key)` for the keys that a function, and those within it, put into their
---constructors.
local function constructed(proto, fn)
  local info, open = util.funcinfo(proto), {} -- register -> template
  for pc = 1, info.bytecodes - 1 do
    local op, o = decode(proto, pc)
    if op == "TSETS" and open[o.b] then
      fn(open[o.b], util.funck(proto, -o.c - 1))
    end
    for register in pairs(open) do
      if o.writes and register == o.a or o.writes_up and register >= o.a then
        open[register] = nil
      end
    end
    if op == "TDUP" then
      open[o.a] = util.funck(proto, -o.d - 1)
    end
  end
  for i = 1, info.gcconsts do
    local constant = util.funck(proto, -i)
    if type(constant) == "proto" then
      constructed(constant, fn)
    end
  end
end

---The bytecode of a chunk with such keys: it is written with false and with true as their values,
---and where the two differ, a byte each, nil is meant (0; false is 1, true is 2).
local function dump(chunk)
  local forgotten = {}
  constructed(chunk, function(template, key)
    if template[key] == nil then
      forgotten[#forgotten + 1] = { template, key }
      template[key] = false
    end
  end)
  local with_false = string.dump(chunk)
  for _, one in ipairs(forgotten) do
    one[1][one[2]] = true
  end
  local at = 0
  return (string.dump(chunk):gsub(".", function(byte)
    at = at + 1
    return byte:byte() ~= with_false:byte(at) and "\0" or nil
  end))
end

local function payload(item)
  local text = read(item.path)
  local chunk, problem = loadstring(text, item.chunk)
  if not chunk then
    io.stderr:write(problem, "\n")
    os.exit(1)
  end
  return kind == "bytecode" and dump(chunk) or text
end

local modules = {}
for i = 3, #arg do
  modules[#modules + 1] = module(arg[i])
end
table.sort(modules, function(a, b)
  return a.name < b.name
end)

local parts = { '#include "app/embed.h"\n\n' }
local index = {}
for i, item in ipairs(modules) do
  local bytes = payload(item)
  local row, cells = {}, {}
  for at = 1, #bytes do
    cells[#cells + 1] = bytes:byte(at)
    if #cells == 24 or at == #bytes then
      row[#row + 1] = table.concat(cells, ",")
      cells = {}
    end
  end
  parts[#parts + 1] = ("static const unsigned char m%d[] = {%s};\n"):format(i,
    table.concat(row, ",\n"))
  index[#index + 1] = ('    {"%s", "%s", m%d, sizeof m%d},\n')
    :format(item.name, item.chunk, i, i)
end
parts[#parts + 1] = "\nconst neap_embedded neap_embedded_modules[] = {\n" .. table.concat(index)
  .. "    {0, 0, 0, 0},\n};\n"

local file = assert(io.open(out, "wb"))
file:write(table.concat(parts))
file:close()
