-- layers: which room may see which: the arrows, and the size of a house.
-- Owns the table of arrows and how an include or a require is read from source. Pure: it is given
-- texts by path; the spec beside it reads the tree.

local M = {}

local function set(...)
  local result = {}
  for _, list in ipairs { ... } do
    for name in list:gmatch "%S+" do
      result[name] = true
    end
  end
  return result
end

-- C ----------------------------------------------------------------------------------------------

---Which rooms a room of runtime/ may include.
local C_ARROWS = {
  base = set "base", core = set "base core", io = set "base core io", sim = set "base core io sim",
  keeper = set "base", bind = set "base core io sim bind",
  app = set "base core io sim bind app include", include = {},
}

---Libraries, by the beginning of their headers: the rooms that may see them.
local C_LIBRARIES = {
  { "^lua", set "bind app" }, { "^lauxlib%.h$", set "bind app" },
  { "^uv%.h$", set "io sim" }, { "^sqlite3%.h$", set "io sim" }, { "^git2[/.]", set "io sim" },
  { "^nettle/", set "io sim" }, { "^curl/", set "io sim" },
}

---Headers of libc that only state facts: all that `core` may have, where time is an argument.
local PURE = set "assert.h ctype.h errno.h float.h inttypes.h limits.h math.h stdarg.h stdbool.h"
for name in pairs(set "stddef.h stdint.h stdio.h stdlib.h string.h") do
  PURE[name] = true
end

local function library_problem(room, name)
  for _, library in ipairs(C_LIBRARIES) do
    if name:find(library[1]) then
      return not library[2][room] and ("%s may not include <%s>"):format(room, name) or nil
    end
  end
  if room == "core" and not PURE[name] then
    return ("core decides and touches nothing: <%s>"):format(name)
  end
end

---What is wrong with the includes of one C file.
---@param path string "runtime/ROOM/…"
---@param text string
---@return string[]
function M.includes(path, text)
  local room, problems = path:match "^runtime/(%w+)/", {}
  local arrows = C_ARROWS[room]
  if not arrows then
    return { path .. ": there is no such room" }
  end
  for kind, name in ("\n" .. text):gmatch '\n%s*#%s*include%s*([<"])([^>"]+)[>"]' do
    local problem
    if kind == "<" then
      problem = library_problem(room, name)
    elseif not arrows[name:match "^(%w+)/" or "include"] then
      problem = ('%s may not include "%s"'):format(room, name)
    end
    problems[#problems + 1] = problem and path .. ": " .. problem
  end
  return problems
end

-- Lua --------------------------------------------------------------------------------------------

local BELOW_RUN = "native base policy event"
local BELOW_FACES = BELOW_RUN .. " run graph host stdlib events"

---Which rooms a room of lua/ and stdlib/ may require, beside itself. `events` are the events.lua
---of nouns in stdlib: a host loads them, so that a store knows every event.
local LUA_ARROWS = {
  base = set "native", policy = set "native base", event = set "native base",
  events = set "native base event", run = set(BELOW_RUN), graph = set(BELOW_RUN, "run"),
  host = set(BELOW_RUN, "run graph events"), stdlib = set(BELOW_RUN, "run graph host events"),
  view = set(BELOW_FACES), testing = set(BELOW_FACES), cli = set(BELOW_FACES, "view"),
  facade = set(BELOW_FACES, "view testing cli facade"),
}

---Other people's modules, and the rooms that may have them.
local LUA_LIBRARIES = {
  argparse = set "cli", cjson = set "stdlib", ["table.new"] = set "graph run",
}

---The only requires of a name that is found out at run time, and what for.
M.found_by_name = {
  ["lua/neap/cli/lua.lua"] = "-l MODULE of a person",
  ["lua/neap/cli/main.lua"] = "a command, by its name",
  ["lua/neap/run/sandbox.lua"] = "what a script asks for",
  ["stdlib/neap/agent/init.lua"] = "an agent, by its name",
}

---The room of a Lua file; a file right in lua/neap is a façade.
---@param path string
---@return string?
function M.room(path)
  if path:find "^stdlib/neap/.*events%.lua$" then
    return "events"
  elseif path:find "^stdlib/" then
    return "stdlib"
  end
  return path:match "^lua/neap/(%w+)/" or path:find "^lua/neap/[%w_]+%.lua$" and "facade"
end

---The room of a module; `exists(path)` tells where it lives.
local function room_of_module(name, exists)
  if name == "neap.native" or name:find "^neap%.native%." then
    return "native"
  end
  local base = name:gsub("%.", "/")
  for _, top in ipairs { "lua/", "stdlib/" } do
    for _, path in ipairs { top .. base .. ".lua", top .. base .. "/init.lua" } do
      if exists(path) then
        return path == "lua/neap/init.lua" and "facade" or M.room(path)
      end
    end
  end
end

---The code of a line: without its comment and with nothing between its quotes but module names.
local function code_of(line)
  local quote, i = nil, 1
  while i <= #line do
    local c = line:sub(i, i)
    if quote then
      if c == "\\" then
        i = i + 1
      elseif c == quote then
        quote = nil
      end
    elseif c == '"' or c == "'" then
      quote = c
    elseif line:sub(i, i + 1) == "--" then
      return line:sub(1, i - 1)
    end
    i = i + 1
  end
  return line
end

local function literal(rest)
  return rest:match '^%s*"([%w_.]+)"' or rest:match '^%s*%(%s*"([%w_.]+)"%s*%)'
end

local function require_problem(room, rest, exists)
  local name = literal(rest)
  if not name then
    return "requires what is found out at run time"
  end
  local library = LUA_LIBRARIES[name]
  local target = not library and room_of_module(name, exists)
  if not library and not target then
    return ("requires %s, which is nowhere"):format(name)
  elseif library and not library[room] or target and target ~= room
    and not LUA_ARROWS[room][target] then
    return ("%s may not require %s"):format(room, name)
  end
end

---What is wrong with the requires of one Lua file.
---@param path string "lua/neap/ROOM/…" or "stdlib/neap/…"
---@param text string
---@param exists fun(path: string): boolean
---@return string[]
function M.requires(path, text, exists)
  local room, problems, by_name = M.room(path), {}, M.found_by_name[path] and 1 or 0
  if not LUA_ARROWS[room] then
    return { path .. ": there is no such room" }
  end
  for line in text:gmatch "[^\n]+" do
    local code = code_of(line)
    for before, rest in code:gmatch "()%f[%w_]require%f[^%w_]()" do
      local problem = not code:sub(1, before - 1):find "[.\"'`]$"
        and not code:sub(rest):find "^%s*="
        and require_problem(room, code:sub(rest), exists)
      if problem and problem:find "run time" and by_name > 0 then
        by_name = by_name - 1
      elseif problem then
        problems[#problems + 1] = ("%s: %s"):format(path, problem)
      end
    end
  end
  return problems
end

-- sizes ------------------------------------------------------------------------------------------

---@param text string
---@return integer
function M.lines(text)
  return select(2, text:gsub("\n", "\n"))
end

---@param numbers integer[]
---@return integer
function M.median(numbers)
  table.sort(numbers)
  return numbers[math.ceil(#numbers / 2)]
end

---A file above 500 lines that does not say why in its head ("long because …").
---@return string[]
function M.too_long(path, text)
  if M.lines(text) <= 500 or text:sub(1, 2000):find "long because" then
    return {}
  end
  return { ("%s has %d lines and no reason for it in its head"):format(path, M.lines(text)) }
end

return M
