-- A command as a gate: it runs on the tree that will be merged, and its end is a verdict.
-- Owns the verdict that rides with the end of the attempt; refuses to believe an agent.
local json = require "neap.base.json"
local native = require "neap.native"
local retry = require "neap.policy.retry"

local M = {}

---@class neap.GateConfig JSON, frozen into the run
---@field argv string[]
---@field timeout number?
---@field protect string[] globs of paths a change may not touch

---The name of a frozen set of gates: the same configuration has the same name.
---@param config neap.GateConfig
---@return string
function M.set_of(config)
  return native.sys.sha256(json.encode(config)):sub(1, 16)
end

local function verdict(tree, gate_set, state, findings)
  return { tree = tree, gate_set = gate_set, state = state, findings = findings }
end

---The verdict on a tree that changes what it may not.
---@param tree string
---@param gate_set string
---@param paths string[]
---@return table
function M.protected(tree, gate_set, paths)
  local findings = json.array {}
  for i, path in ipairs(paths) do
    findings[i] = { file = path, message = "is protected" }
  end
  return verdict(tree, gate_set, "failed", findings)
end

-- An attempt that was ended from outside says nothing about the tree.
local function events_of(tree, gate_set)
  return function(_, failure)
    if not failure then
      return { { "verdict.recorded", verdict(tree, gate_set, "passed") } }
    elseif failure.reason == "killed" then
      return {}
    end
    local findings = json.array { { message = tostring(failure) } }
    return { { "verdict.recorded", verdict(tree, gate_set, "failed", findings) } }
  end
end

---@class (exact) neap.GateTask
---@field name string
---@field key any
---@field cwd string the tree, checked out
---@field tree string
---@field gate_set string
---@field prepare function?

---One run of the gate, as a process step.
---@param config neap.GateConfig
---@param at neap.GateTask
---@return neap.ProcessSpec
function M.spec(config, at)
  local args = json.array { at.tree }
  for i, word in ipairs(config.argv) do
    args[i + 1] = word
  end
  return {
    kind = "gate", name = at.name, key = at.key, args = args, argv = config.argv, cwd = at.cwd,
    timeout = config.timeout, policy = retry.defaults.command, prepare = at.prepare,
    value = function(facts)
      return { code = facts.code, tree = at.tree, gate_set = at.gate_set }
    end,
    events = events_of(at.tree, at.gate_set),
  }
end

return M
