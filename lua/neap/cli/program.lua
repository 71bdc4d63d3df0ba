-- program: the script or run a person names, for the commands that read programs.
-- Owns how a graph becomes a picture (neap.view.graph). Runs nothing.

local command = require "neap.cli.command"
local duration = require "neap.base.duration"
local matrix = require "neap.graph.matrix"
local native = require "neap.native"
local script = require "neap.host.script"

local M = {}

---The script that `word` names, or the script of the run it names.
---@return table program
---@return table? run its row
---@return table? host open when there is a run
function M.of(word, opts)
  if native.sys.exists(word) then
    return script.load(word, {})
  end
  local host = command.open_to_read(opts, true)
  if not host then
    return script.load(word, {})
  end
  local run = command.find(host, word)
  return host:program_of(run, not native.sys.exists(run.file)), run, host
end

local GUARDS = {
  { "attempts", tostring }, { "timeout", duration.format }, { "silence", duration.format },
  { "pool", tostring }, { "approve", tostring },
}

local function guards_of(task, values)
  local out = {}
  for _, guard in ipairs(GUARDS) do
    local value = task[guard[1]]
    if value ~= nil then
      out[#out + 1] = guard[1] .. " " .. matrix.fill(guard[2](value), values)
    end
  end
  return out
end

---What a node runs, on one line; a node of a matrix with its values.
local function runs_of(task, values)
  local given = task.given or {}
  if given.sh then
    return matrix.fill(given.sh, values, true)
  elseif type(given.run) == "function" then
    return "Lua"
  end
  local words = {}
  for i = 1, task.argv_count or #given do
    words[i] = matrix.fill(tostring(given[i]), values)
  end
  return table.concat(words, " ")
end

---@param graph table neap.Graph
---@param title string
---@param states? table<string, string> by node
---@param durations? table<string, number> measured seconds by node
---@return neap.GraphPicture
function M.picture(graph, title, states, durations)
  local nodes, critical = {}, {}
  local ids, seconds = graph:critical_path(durations)
  for i, id in ipairs(ids) do
    critical[i] = graph.names[id]
    seconds = durations and durations[critical[i]] and seconds
  end
  for _, id in ipairs(graph:plan():order()) do
    local name, task, values = graph.names[id], graph.tasks[id], graph.values[id] or {}
    local node = { name = name, needs = {}, runs = runs_of(task, values),
      guards = guards_of(task, values), state = states and (states[name] or "pending") }
    graph:each_need(id, function(on, mode)
      table.insert(node.needs, { name = graph.names[on], mode = mode })
    end)
    nodes[#nodes + 1] = node
  end
  return { name = title, nodes = nodes, critical = critical, seconds = seconds }
end

---A workflow's picture: the steps it has made so far, one after the other.
---@param name string
---@param steps table[] rows in order
---@return neap.GraphPicture
function M.steps_picture(name, steps)
  local nodes = {}
  for i, step in ipairs(steps) do
    nodes[i] = { name = step.key, state = step.state, runs = step.kind,
      needs = i > 1 and { { name = steps[i - 1].key, mode = "hard" } } or {} }
  end
  return { name = name, nodes = nodes, critical = {} }
end

return M
