-- Checks of one declaration of a script: a task, a pool, the defaults.
-- Owns the refusals that need no other task; each points at the line of the key, or of the name.
-- Refuses to know how a declaration is made.

local check = require "neap.base.check"
local err = require "neap.base.err"
local keys = require "neap.graph.keys"
local order = require "neap.base.order"
local retry = require "neap.policy.retry"

local M = {}

---@param thing { file: string, line: integer }
---@param key? any the key that is wrong; its line is found by scanning on from the name
---@param message string
---@param help? string
local function refuse(thing, key, message, help)
  err.usage(message,
    { file = thing.file, line = check.line_of(thing.file, thing.line, key), help = help })
end
M.refuse = refuse

local function names_of(schema)
  local names = {}
  for name in order.sorted_pairs(schema) do
    names[#names + 1] = name
  end
  return names
end

---Where something else is, as help says it: in the same script its last name is enough.
---@param thing { file: string, line: integer }
---@param from { file: string }
---@return string
function M.place(thing, from)
  local file = thing.file == from.file and thing.file:match("[^/]+$") or thing.file
  return ("%s:%d"):format(file, thing.line)
end

---Raise the first problem of a table, in an order that is the same every time.
---@param thing { file: string, line: integer }
---@param what string e.g. 'task "build"'
---@param given table
---@param schema table<string, function>
function M.explain(thing, what, given, schema)
  for key, value in order.sorted_pairs(given) do
    if type(key) == "number" and schema == keys.task then
      if type(value) ~= "string" and type(value) ~= "number" then
        refuse(thing, nil, ("%s: argument %d is a %s, not a string"):format(what, key, type(value)))
      end
    elseif not schema[key] then
      refuse(thing, key, ("%s: unknown option %q"):format(what, tostring(key)),
        check.help(tostring(key), names_of(schema), "options"))
    else
      local kept, problem = schema[key](value)
      if kept == nil then
        refuse(thing, key, ("%s.%s: %s"):format(what, key, problem:find "^has "
          and problem or problem .. ", not " .. check.shown(value)))
      end
    end
  end
end

---An argv without holes, of strings and numbers that a process can be given.
---@param task neap.Task
---@param given table
---@param top integer its highest index
---@param seen integer how many indices it has
function M.argv(task, given, top, seen)
  for i = 1, top do
    local kind = type(given[i])
    if kind == "nil" then
      refuse(task, nil, ('task "%s": argument %d is nil'):format(task.name, i),
        "is one of its variables without a value?")
    elseif kind ~= "string" and kind ~= "number" then
      M.explain(task, ('task "%s"'):format(task.name), given, keys.task)
    elseif kind == "string" and given[i]:find("\0", 1, true) then
      refuse(task, nil, ('task "%s": argument %d has a NUL byte'):format(task.name, i))
    end
  end
  if given[1] == "" then
    refuse(task, nil, ('task "%s": argument 1 is empty, and names the program'):format(task.name))
  end
  if seen ~= top then
    for key in order.sorted_pairs(given) do
      if type(key) == "number" and (key < 1 or key % 1 ~= 0) then
        refuse(task, nil, ('task "%s": argument %s is none: they are numbered from 1'):format(
          task.name, tostring(key)))
      end
    end
  end
end

---A task is one of: argv, sh, run, or nothing but its needs.
---@param task neap.Task
---@param argv_count integer
function M.form(task, argv_count)
  local forms = (argv_count > 0 and 1 or 0) + (task.sh and 1 or 0) + (task.run and 1 or 0)
  if forms > 1 then
    refuse(task, task.sh and "sh" or "run",
      ('task "%s": give an argv, sh or run, and only one of them'):format(task.name))
  elseif forms == 0 and not task.needs then
    refuse(task, nil, ('task "%s" has nothing to run'):format(task.name),
      'write { "program", "argument" }, { sh = "one line" } or { run = function(w) … end }')
  end
  if task.run or forms == 0 then
    for _, key in ipairs(keys.of_commands) do
      if rawget(task, key) ~= nil then
        refuse(task, key, ('task "%s".%s: only a command has this'):format(task.name, key),
          task.run and "give it to the steps inside, or to the command" or nil)
      end
    end
  end
end

---The compiled policy of a table with `attempts` or `retry`.
function M.retry(thing, what, attempts, given)
  local policy = retry.combine(given, attempts, retry.defaults.command)
  local route, needs = retry.agents_route(policy)
  if route then
    refuse(thing, "retry", ("%s.retry: the route %q needs %s, a command has none"):format(what,
      route, needs), 'use "retry_same", "escalate" or "fail"')
  end
  return policy
end

return M
