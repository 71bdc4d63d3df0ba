-- door: what comes before a node starts: its condition, the question to a person, a graph that is
-- failing. Owns these three; a node that gets past them waits for a slot. Nothing here holds one.

local err = require "neap.base.err"
local failure = require "neap.run.failure"
local matrix = require "neap.graph.matrix"
local node = require "neap.graph.node"
local results = require "neap.graph.results"

local M = {}

---Ask a person, durably; the node holds no slot meanwhile.
local function ask(self, id)
  local name, values = self.graph.names[id], self.graph.values[id]
  local question = self.graph.tasks[id].approve
  self.asking[id] = true
  self.ex:receive(name .. "/approve", "approve/" .. name, function(payload)
    if not self.asking[id] then
      return
    end
    self.asking[id] = nil
    if results.is_refusal(payload) then
      self:call(id, function()
        error(results.refusal(name, payload), 0)
      end)
    else
      self.approved[id] = true
      self.dag:unpop(id)
    end
    self:pump()
  end, { question = values and matrix.fill(question, values) or question })
end

---What `when` raised, with its place.
local function broken(problem)
  local found = failure.of(problem, nil, err.blame(problem))
  local place = found.file and found.message:match("^[^\n]-:%d+: ") or ""
  found.message = ("%swhen: %s"):format(place, found.message:sub(#place + 1))
  return found
end

---The answer of `when`; a function that breaks fails the node.
---@return boolean? wanted nil: the function broke
local function wanted_by_when(self, id)
  local when = self.graph.tasks[id].when
  if not when then
    return true
  end
  local ok, answer = xpcall(when, broken, results.of_needs(self.graph, id, self.outcomes))
  if not ok then
    self:call(id, function()
      error(answer, 0)
    end)
    return nil
  end
  return answer and true or false
end

---A ready node that needs no slot is dealt with here: true.
---@param self neap.Schedule
---@param id integer
---@return boolean
function M.settle(self, id)
  if self.failing then
    self:skip(id, self.failing, "fail_fast")
    return true
  elseif self.cleared[id] then
    return false
  end
  local task = self.graph.tasks[id]
  local wanted = self.approved[id] or wanted_by_when(self, id)
  if not wanted then
    if wanted == false then
      self:skip(id, nil, "when")
    end
    return true
  elseif task.approve and not self.approved[id] then
    ask(self, id)
    return true
  elseif node.form(task) == "empty" then
    self:call(id, function() end)
    return true
  end
  self.cleared[id] = true
  return false
end

return M
