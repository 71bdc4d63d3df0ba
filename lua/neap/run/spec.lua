-- spec: what a process step is made of, for plain commands.
-- Owns the one shape that commands, gates and agents share (neap.ProcessSpec); an agent's is made
-- by its noun in stdlib. Refuses to start anything.

local check = require("neap.base.check")
local err = require("neap.base.err")
local json = require("neap.base.json")
local order = require("neap.base.order")
local retry = require("neap.policy.retry")

local M = {}

---@class neap.StreamNews what a line of a tool's protocol meant
---@field progress? boolean false: it lives, and got nowhere
---@field session? string
---@field blocked_on? string it waits for this permission
---@field final? boolean it told its result, and has only to go

---@class neap.ProcessSpec
---@field kind "command"|"gate"|"agent"
---@field name string default name of the step
---@field args any[] identity of the step, guarded at replay
---@field argv string[]
---@field env? table<string, string> added to the environment
---@field cwd? string
---@field stdin? string fed to it; nil is /dev/null
---@field timeout? number seconds of wall clock
---@field silence? number seconds without output
---@field grace? number seconds between TERM and KILL, default 5
---@field policy table compiled retry policy
---@field stream? fun(): table parser of its output lines
---@field value? fun(facts: table, tool: table?): any
---@field prepare? fun(loop: table, spec: neap.ProcessSpec, done: fun(ok: any, err: table?)) before
---  each attempt, when nothing of the last one is left; it may still set `stdin`
---@field events? fun(value: any, failure: table?, facts: table, tool: table?): table[] of
---  { type, data }, on record with the end of the attempt
---@field check? fun(value: any, facts: table, tool: table?): table? failure fields
---@field again? fun(session: string?): neap.ProcessSpec what comes after an attempt; session: the
---  one to go on with, where there is one
---@field next? fun(route: string, failure: table, turn: integer): neap.ProcessSpec? what comes
---  after a failure; turn: how often the task went to another agent

local schema = {
  [1] = true, sh = "string", env = "table", cwd = "string", stdin = "string", name = "string",
  timeout = "duration", silence = "duration", grace = "duration", attempts = "integer",
  retry = "any", key = "any",
}

---A text that a process can be given: no NUL ends it early.
local function word(value, what, path)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    err.usage(("%s: %s is %s, not a string"):format(path, what, kind))
  end
  value = tostring(value)
  if value:find("\0", 1, true) then
    err.usage(("%s: %s holds a NUL byte"):format(path, what))
  end
  return value
end

---Variables as a process gets them, checked.
local function variables(env, path)
  local out = {}
  for name, value in order.sorted_pairs(env) do
    if type(name) ~= "string" or name == "" or name:find("[=%z]") then
      err.usage(("%s.env: %q is no name of a variable"):format(path, tostring(name)))
    elseif type(value) == "boolean" then
      value = tostring(value)
    end
    out[name] = word(value, "env." .. name, path)
  end
  return out
end

local function argv_of(given, path)
  if given.sh then
    if #given > 0 then
      err.usage(path .. ": give an argv or sh, not both")
    end
    return { "/bin/sh", "-c", word(given.sh, "sh", path) }
  end
  local count = 0
  for i in pairs(given) do
    if type(i) == "number" and i > count then
      count = i
    end
  end
  if count == 0 then
    err.usage(path .. ": there is no program to run",
      { help = "write the argv as the array part, or sh = \"one line for /bin/sh\"" })
  end
  local argv = {}
  for i = 1, count do
    argv[i] = word(given[i], "argument " .. i, path)
  end
  if argv[1] == "" then
    err.usage(path .. ": argument 1 is empty, and names the program")
  end
  return argv
end

---The retry policy of options `attempts` and `retry`, for what is no agent.
---@param path string shown in errors
---@param given table
---@param otherwise table the default policy
function M.policy(path, given, otherwise)
  local policy = retry.combine(given.retry, given.attempts, otherwise)
  local route, needs = retry.agents_route(policy)
  if route then
    err.usage(("%s.retry: the route %q needs %s, and only an agent has it"):format(path, route,
      needs), { help = 'use "retry_same", "escalate" or "fail"' })
  end
  return policy
end

---The value of a plain process: what a script sees as its result.
function M.plain_value(facts)
  local text = facts.stdout
  return {
    code = facts.code, stdout = text, truncated = facts.stdout_truncated or nil,
  }
end

---A spec for a command as people write it: `{ "npm", "ci", cwd = "web" }` or `{ sh = "…" }`.
---@param given table
---@param path? string shown in errors, default "command"
---@return neap.ProcessSpec
function M.command(given, path)
  path = path or "command"
  local o = check.options(path, given, schema)
  local argv = argv_of(o, path)
  local program = o.sh and o.sh:match("%S+") or argv[1]
  return {
    kind = "command", name = o.name or (program:match("[^/]+$") or program):gsub("[^%w_.-]", "_"),
    key = o.key, args = json.marked(json.array { unpack(argv) }), argv = argv,
    env = o.env and variables(o.env, path), cwd = o.cwd and word(o.cwd, "cwd", path),
    stdin = o.stdin,
    timeout = o.timeout, silence = o.silence, grace = o.grace,
    policy = M.policy(path, o, retry.defaults.command), value = M.plain_value,
  }
end

---A spec as given, or made from a table that people write.
function M.of(value, path)
  if type(value) == "table" and value.kind and value.argv then
    return value
  end
  return M.command(value, path)
end

---A process result as scripts see it: `text` is stdout without the blanks around it.
function M.present(value)
  if type(value) == "table" and type(value.stdout) == "string" and value.text == nil then
    value.text = value.stdout:match("^%s*(.-)%s*$")
  end
  return value
end

return M
