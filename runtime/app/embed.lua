-- Writes the Lua half of neap as a C file: luajit embed.lua bytecode|source OUT FILE...
-- Owns the mapping from a path to a module name: lua/neap/run/step.lua is neap.run.step.
local kind, out = arg[1], arg[2]

local function module_name(path)
  return (path:gsub("^lua/", ""):gsub("^stdlib/", ""):gsub("%.lua$", ""):gsub("/init$", "")
    :gsub("/", "."))
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function payload(path)
  local text = read(path)
  local chunk, problem = loadstring(text, "@" .. path)
  if not chunk then
    io.stderr:write(problem, "\n")
    os.exit(1)
  end
  return kind == "bytecode" and string.dump(chunk, false) or text
end

local files = {}
for i = 3, #arg do
  files[#files + 1] = arg[i]
end
table.sort(files)

local parts = { '#include "app/embed.h"\n\n' }
local index = {}
for i, path in ipairs(files) do
  local bytes = payload(path)
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
  index[#index + 1] = ('    {"%s", "@%s", m%d, sizeof m%d},\n')
    :format(module_name(path), path, i, i)
end
parts[#parts + 1] = "\nconst neap_embedded neap_embedded_modules[] = {\n" .. table.concat(index)
  .. "    {0, 0, 0, 0},\n};\n"

local file = assert(io.open(out, "wb"))
file:write(table.concat(parts))
file:close()
