-- lua: `neap lua [-e CHUNK] [-l MODULE] [FILE [ARG…]]`: a plain script with all of neap's modules.
-- A drop-in interpreter (busted --lua='neap lua'); scripts here are ordinary Lua, globals included.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"

local USAGE = "usage: neap lua [-e CHUNK] [-l MODULE] [FILE [ARG…]]"

local function complain(problem)
  if problem ~= nil then -- error() alone ends a script without a word
    io.stderr:write("neap lua: ", problem, "\n")
  end
  return exit.FAILED
end

---The traceback of a script, without the frames of neap below it.
local function traceback(raised)
  if raised == nil then
    return nil
  end
  local readable = type(raised) == "string" or (getmetatable(raised) or {}).__tostring
  local text = readable and tostring(raised)
    or ("(error object is a %s value)"):format(type(raised))
  return (debug.traceback(text, 2):gsub("\n[^\n]*'xpcall'\n%s*lua/neap/cli/.*", ""))
end

local function call(chunk, ...)
  local ok, problem = xpcall(chunk, traceback, ...)
  return ok and exit.DONE or complain(problem)
end

---Run a chunk that may not have compiled.
local function run(chunk, problem, ...)
  return chunk and call(chunk, ...) or complain(problem)
end

---What to do before the file, and the position of the file.
local function options(args)
  local todo, i = {}, 1
  while args[i] and args[i]:find("^%-.") do
    local flag, value = args[i]:match("^(%-[el])(.*)$")
    if not flag then
      command.refuse(exit.USAGE, "neap lua does not know " .. args[i], USAGE)
    elseif value == "" then
      i = i + 1
      value = args[i] or command.refuse(exit.USAGE, flag .. " needs a value", USAGE)
    end
    todo[#todo + 1] = { flag = flag, value = value }
    i = i + 1
  end
  return todo, i
end

return function(args)
  local todo, at = options(args)
  if not args[at] and #todo == 0 then
    command.refuse(exit.USAGE, "which file?", USAGE)
  end
  local script_arg = {}
  for i = 1, #args do
    script_arg[i - at] = args[i]
  end
  rawset(_G, "arg", script_arg)
  for _, item in ipairs(todo) do
    local code
    if item.flag == "-l" then
      code = call(require, item.value)
    else
      code = run(loadstring(item.value, "=(command line)"))
    end
    if code ~= exit.DONE then
      return code
    end
  end
  if not args[at] then
    return exit.DONE
  end
  local chunk, problem = loadfile(args[at] ~= "-" and args[at] or nil)
  return run(chunk, problem, unpack(script_arg))
end
