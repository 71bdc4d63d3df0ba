-- What an attempt of an agent gave: its answer, and what it took.
-- Owns the form both have on record. Uses what the tool's parser knows at the end.
local json = require "neap.base.json"
local native = require "neap.native"

local M = {}

-- What a person may read and JSON may hold.
local function readable(text)
  return native.json.encode(text) and text or (text:gsub("[\128-\255]", "?"))
end

---@class neap.AgentAnswer
---@field agent string
---@field text string? the final answer
---@field output table? the answer in the schema
---@field session string?
---@field cost number? US dollars
---@field turns integer
---@field usage table tokens
---@field denials string[] tools that were refused

---@param name string of the agent
---@param tool neap.AgentTool
---@return neap.AgentAnswer
function M.of(name, tool)
  local fits = tool.output and native.json.encode(tool.output)
  return {
    agent = name, text = tool.text and readable(tool.text),
    output = fits and tool.output or nil, session = tool.session, cost = tool.cost,
    turns = tool.turns, usage = tool.usage, denials = json.array(tool.denials),
  }
end

---What an attempt took, whatever came of it: its events.
---@param tool neap.AgentTool?
---@return table[]
function M.spent(_, _, _, tool)
  if not tool or tool.turns == 0 and not tool.cost then
    return {}
  end
  return { { "agent.spent", { cost = tool.cost, turns = tool.turns, usage = tool.usage } } }
end

return M
