-- main: the command line: finds the command, runs it, returns the exit code.
-- Owns the list of commands and how errors are shown. Each command is loaded when it is called.

local M = {
  { "run", "run a script: start it, or go on with its unfinished run" },
  { "resume", "go on with everything that is due" },
  { "retry", "give the step that stalled a run a fresh budget, and go on" },
  { "ls", "list the runs" },
  { "show", "one run: its steps, attempts and errors" },
  { "logs", "what a step's processes print" },
  { "events", "the journal of a run" },
  { "why", "why a step waits, was skipped, retried or failed" },
  { "graph", "the task graph of a script or a run" },
  { "check", "load a script and report mistakes, without running it" },
  { "signal", "send a message to a run" },
  { "cancel", "end a run" },
  { "rebuild", "derive the tables of the store from its events again" },
  { "verify", "check every event of the store against its hash chain" },
  { "lua", "run a plain Lua script with neap's modules" },
  { "version", "print the version" },
}

local function usage()
  local lines = { "neap runs task graphs and coding agents, and loses nothing.", "",
    "usage: neap COMMAND [argument…]", "" }
  for _, command in ipairs(M) do
    lines[#lines + 1] = ("  %-9s %s"):format(command[1], command[2])
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "neap COMMAND --help says more."
  return table.concat(lines, "\n") .. "\n"
end

---Show what a command raised; anything unknown is a bug and goes on to the program.
local function report(raised)
  local code = require("neap.cli.command").explain(raised)
  if not code then
    error(type(raised) == "table" and tostring(raised.message) or raised, 0)
  end
  return code
end

local function handler(raised)
  return type(raised) == "table" and raised or debug.traceback(tostring(raised), 2)
end

---Whether a file asks for a Lua interpreter in its first line: `busted --lua=neap` calls us so.
local function is_lua_program(name)
  local file = name:find("/") and io.open(name, "r")
  local first = file and file:read("*l")
  if file then
    file:close()
  end
  return first and first:find("^#!.*%f[%w]lua") ~= nil
end

local function unknown(name)
  local known = {}
  for i, command in ipairs(M) do
    known[i] = command[1]
  end
  require("neap.cli.command").complain(("there is no command %q"):format(name),
    require("neap.base.nearest").help(name, known, "commands"))
  return 2
end

-- However a script ends, what it holds is let go of in order: os.exit closes the Lua state.
local exit = os.exit
rawset(os, "exit", function(code, close)
  exit(code, close ~= false)
end)

---@param args string[] as the program got them
---@return integer exit code
function M.main(args)
  local name = args[1]
  if name == nil or name == "help" or name == "--help" or name == "-h" then
    io[name and "stdout" or "stderr"]:write(usage())
    return name and 0 or 2
  elseif name == "--version" then
    name = "version"
  elseif is_lua_program(name) then
    return M.main { "lua", unpack(args) }
  end
  for _, command in ipairs(M) do
    if command[1] == name then
      local rest = { unpack(args, 2) }
      local ok, code = xpcall(function()
        return require("neap.cli." .. name)(rest, command[2])
      end, handler)
      return ok and code or report(code)
    end
  end
  return unknown(name)
end

return M.main
