-- Writes the Lua half of neap as a C file: luajit embed.lua bytecode|source OUT FILE...
-- Owns the mapping from a path to a module name: lua/neap/run/step.lua is neap.run.step.
-- NAME=PATH embeds a file from elsewhere under that name; its chunk is then "=NAME", no place in a
-- script.
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

local function payload(item)
  local text = read(item.path)
  local chunk, problem = loadstring(text, item.chunk)
  if not chunk then
    io.stderr:write(problem, "\n")
    os.exit(1)
  end
  return kind == "bytecode" and string.dump(chunk, false) or text
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
