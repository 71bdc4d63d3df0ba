-- results: what a Lua node sees of its needs, and what a graph comes to in the end.
-- Pure. Refuses to know how anything ran.

local err = require "neap.base.err"
local failure = require "neap.run.failure"
local json = require "neap.base.json"

local M = {}

---What a dependent sees: a copy of the value, the failure of a "soft" one, else nil.
local function seen(outcome, mode)
  if outcome and outcome.state == "completed" then
    return json.copy(json.marked(outcome.value))
  end
  return outcome and mode == "soft" and outcome.failure or nil
end

---The results of the needs of a node, by the name of the node; those of a matrix also as a table
---by suffix under the name of their task.
---@param graph neap.Graph
---@param id integer
---@param outcomes table<integer, neap.Recorded>
---@return table<string, any>
function M.of_needs(graph, id, outcomes)
  local results = {}
  graph:each_need(id, function(on, mode)
    local name, task = graph.names[on], graph.tasks[on]
    local value = seen(outcomes[on], mode)
    results[name] = value
    if task.matrix then
      results[task.name] = results[task.name] or {}
      results[task.name][name:sub(#task.name + 2, -2)] = value
    end
  end)
  return results
end

---When the needs of a node were met, as far as their ends are known; nil without any.
---@param graph neap.Graph
---@param id integer
---@param outcomes table<integer, neap.Recorded>
---@return integer? ms
function M.since(graph, id, outcomes)
  local latest
  graph:each_need(id, function(on)
    local at = outcomes[on] and outcomes[on].at
    latest = at and math.max(at, latest or at) or latest
  end)
  return latest
end

---Did a person say no?
---@param payload any
---@return boolean
function M.is_refusal(payload)
  return payload == false or type(payload) == "table" and payload.ok == false
end

---The failure of a node that a person refused.
---@param name string
---@param payload any
---@return neap.Failure
function M.refusal(name, payload)
  local said = type(payload) == "table" and (payload.message or payload.comment)
  return err.failure { reason = "rejected", retryable = false, step = name,
    message = said and ("%s was not approved: %s"):format(name, tostring(said))
      or name .. " was not approved" }
end

---A failure counts unless its task says that others go on without it.
local function counts(task)
  return task.on_failure ~= "soft" and task.on_failure ~= "skip"
end

local KEPT = 5 -- of the tasks that failed, with their reasons

---A command has no line of its own, but its task has.
local function placed(found, task)
  if not found.file then
    found.file, found.line = task.file, task.line
  end
  return found
end

---What is kept of one of several.
local function brief(name, found)
  return failure.plain { step = name, reason = found.reason, detail = found.detail,
    message = found.message, file = found.file, line = found.line }
end

---The failure of the whole graph, or nil: the first that counts, all of them named.
---@param graph neap.Graph
---@param outcomes table<integer, neap.Recorded>
---@return neap.Failure?
function M.failure(graph, outcomes)
  local names, failures, first = {}, {}, nil
  for id, task in ipairs(graph.tasks) do
    local outcome = outcomes[id]
    if outcome and outcome.state == "failed" and counts(task) then
      local found = placed(outcome.failure, task)
      names[#names + 1] = graph.names[id]
      first = first or found
      failures[#failures + 1] = #names <= KEPT and brief(graph.names[id], found) or nil
    end
  end
  if #names < 2 then
    return first
  end
  local listed = table.concat(names, ", ", 1, math.min(#names, 10))
  return err.failure { reason = first.reason, detail = first.detail, step = first.step,
    attempts = first.attempts, tails = first.tails, retryable = first.retryable,
    failures = failures, count = #names,
    message = ("%d tasks failed: %s%s; the first: %s"):format(#names, listed,
      #names > 10 and ", …" or "", first.message or "") }
end

return M
