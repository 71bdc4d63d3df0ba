-- node: what one node of a graph runs.
-- Owns the step from a task to the command of a node (the matrix filled in, the defaults under the
-- task's own), made only when the node is about to run. Refuses to start anything.

local json = require "neap.base.json"
local matrix = require "neap.graph.matrix"
local retry = require "neap.policy.retry"

local M = {}

---Whether a node runs a process, a Lua function, or nothing but its needs.
---@param task neap.Task
---@return "process"|"lua"|"empty"
function M.form(task)
  if type(task.run) == "function" then
    return "lua"
  end
  return (task.run or task.sh or task.argv_count > 0) and "process" or "empty"
end

local function argv_of(task, values)
  local argv = {}
  if task.sh then
    argv[1], argv[2], argv[3] = "/bin/sh", "-c",
      values and matrix.fill(task.sh, values, true) or task.sh
  else
    for i = 1, task.argv_count do
      local word = tostring(task.given[i])
      argv[i] = values and matrix.fill(word, values) or word
    end
  end
  return argv
end

local function env_of(task, values)
  local env = task.env
  local default = getmetatable(task).__index.env
  if not env or not values and (not default or default == env) then
    return env
  end
  local out = {}
  for _, layer in ipairs { default or {}, env } do
    for name, value in pairs(layer) do
      out[name] = values and matrix.fill(value, values) or value
    end
  end
  return out
end

---What a node is guarded by at replay: kind and arguments, nil for what has none.
---@param graph neap.Graph
---@param id integer
---@return string? kind
---@return any[]? args
function M.identity(graph, id)
  local task = graph.tasks[id]
  if M.form(task) ~= "process" then
    return "task"
  elseif task.run then
    return task.run.kind, task.run.args
  end
  return "command", argv_of(task, graph.values[id])
end

---The process of a node.
---@param graph neap.Graph
---@param id integer
---@return neap.ProcessSpec
function M.spec(graph, id)
  local task, values = graph.tasks[id], graph.values[id]
  if task.run then
    local spec = { name = graph.names[id] }
    for key, value in pairs(task.run) do
      spec[key] = spec[key] or value
    end
    return spec
  end
  local argv = argv_of(task, values)
  return {
    kind = "command", name = graph.names[id], args = json.marked(json.array(argv)), argv = argv,
    env = env_of(task, values),
    cwd = task.cwd and values and matrix.fill(task.cwd, values) or task.cwd, stdin = task.stdin,
    timeout = task.timeout, silence = task.silence, grace = task.grace,
    policy = task.policy or retry.defaults.command,
  }
end

return M
