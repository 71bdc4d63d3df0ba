-- program: a graph as a workflow function: one coroutine over the schedule.
-- Owns how the end of a graph becomes the end of its run.

local executor = require("neap.run.executor")
local fiber = require("neap.run.fiber")
local schedule = require("neap.graph.schedule")

local M = {}

---Seconds that the nodes of a file took in earlier runs, by key: for the critical path.
local function durations(host, run)
  if not run.row.file then
    return nil
  end
  local earlier = host.store:query([[SELECT id FROM run WHERE file = ? AND name = ?
    AND state = 'completed' ORDER BY seq DESC LIMIT 1]], { run.row.file, run.row.name })[1]
  if not earlier then
    return nil
  end
  local seconds = {}
  for _, row in ipairs(host.store:query(
    "SELECT key, duration FROM step WHERE run = ? AND duration IS NOT NULL", { earlier.id })) do
    seconds[row.key] = row.duration
  end
  return seconds
end

---@param graph neap.Graph
---@param host neap.Host
---@param opts { jobs?: integer }
---@return fun(w: neap.Workflow): table
function M.workflow(graph, host, opts)
  return function(w)
    local run = w._run
    local loop = schedule.new(graph, executor.new(run),
      { jobs = opts.jobs, durations = durations(host, run) })
    run.pump = function()
      loop:pump()
    end
    loop:recall()
    local result = fiber.await(function(resume)
      loop:start(resume)
    end)
    if result.state == "stopped" then
      w:gate()
    elseif result.state == "failed" then
      result.failure.final = true
      error(result.failure, 0)
    end
    return { completed = result.completed, skipped = result.skipped }
  end
end

return M
