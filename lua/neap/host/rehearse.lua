-- rehearse: what `neap run` would make of a run on record, without running anything: the steps that
-- its script no longer has, and the one that is another now. The function is called as at a replay,
-- in a host that starts nothing and a run that writes nothing.

local ending = require("neap.run.ending")
local executor = require("neap.run.executor")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local node = require("neap.graph.node")
local order = require("neap.base.order")
local recover = require("neap.run.recover")
local run_of = require("neap.run.run")
local schedule = require("neap.graph.schedule")

local M = {}

---The name in a key: of `a/b[k]#2` it is `b`.
local function name_of(row)
  local name = row.key:gsub("#%d+$", ""):gsub("%[[^%]]*%]$", ""):match("[^/]*$")
  return row.kind == "version" and name:gsub("^version%.", "") or name
end

---Whether the sources say the name: as a text, or as the program that a text begins with.
local function is_written(name, sources)
  local pattern = "[\"'%[/]" .. name:gsub("%p", "%%%0") .. "[\"'%]%s]"
  for _, text in pairs(sources) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

---The node that a recorded step belongs to, nil when it is gone; and whether its function took it.
local function node_of(graph, key)
  local name, inner = key:match("^([^/]*)/?(.*)$")
  local id = graph:id(name)
  local task = id and graph.tasks[id]
  return id, task and node.form(task) == "lua" and inner ~= ""
    and not (inner == "approve" and task.approve)
end

---A graph, as far as the record goes: its nodes are compared as `neap run` does, and those that are
---open and have steps of their own on record are called again.
---@param called table<integer, boolean> gets those, by node
local function flow_of(graph, called)
  return function(w)
    local loop = schedule.new(graph, executor.new(w._run))
    loop:recall()
    for key in pairs(w._run.steps) do
      local id, is_inner = node_of(graph, key)
      if is_inner and not loop.outcomes[id] then
        called[id] = true
      end
    end
    for id in order.sorted_pairs(called) do
      loop:begin { id = id }
    end
    fiber.await(function() end)
  end
end

---A run like the one on record, that goes as far as the record does.
local function replay(host, row, fn)
  local stage = setmetatable({ stopping = "soft", settle = function() end }, { __index = host })
  stage.scheduler = fiber.scheduler(host.loop)
  stage.scheduler.host = stage
  local run = run_of.new(stage, row, 0, recover.steps(host.store, row.id))
  run.record = function() end
  run.finish = function(self, _, data)
    local found = data.failure
    self.diverged = found and found.detail == "diverged" and found or nil
  end
  ending.begin(run, fn, json.decode(row.args))
  host.loop:run()
  return run
end

---Whether it met a step that is not on record: what comes after that cannot be seen.
local function is_beyond_record(run)
  for f in pairs(run.fibers) do
    if f.live then
      return true
    end
  end
  return false
end

local function is_unmet(row)
  return not row.met and row.kind ~= "cleanup"
end

---Keys of recorded steps that the script does not ask for any more.
---Where the script has a new step, or diverges, what comes after it cannot be seen: a step counts
---as removed when its name is not written in the sources.
---@param host neap.Host
---@param row table the run's row
---@param program neap.Program
---@return string[]
---@return table? diverged the failure of a step that is met as something else
function M.removed(host, row, program)
  local keys, graph, called = {}, program.graph, {}
  local run = replay(host, row, graph and flow_of(graph, called) or program.fn)
  local is_blind = run.diverged or is_beyond_record(run)
  for _, step in ipairs(run:steps_where(is_unmet)) do
    local id, is_inner
    if graph then
      id, is_inner = node_of(graph, step.key)
    end
    local is_gone = graph and not id
    local was_asked = not graph or is_inner and called[id]
    if is_gone or was_asked and not (is_blind and is_written(name_of(step), program.sources)) then
      keys[#keys + 1] = step.key
    end
  end
  if graph then -- its nodes begin in any order
    table.sort(keys)
  end
  return keys, run.diverged
end

return M
