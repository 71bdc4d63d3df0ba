-- What the result line of Claude Code means.
-- Owns the rules from a result to a reason; the exit code is no part of them, for the tool exits 0
-- on refusals and calls an API error "success". Uses agent/errors.
local errors = require "neap.agent.errors"

local M = {}

local SUBTYPES = {
  error_max_turns = "turn_limit",
  error_max_budget_usd = "budget_exceeded.agent_budget",
  error_max_structured_output_retries = "schema_invalid.retries",
}

-- These texts say more than the status that came with them.
local TELLING = {
  ["budget_exceeded.quota"] = true,
  ["crashed.context_overflow"] = true,
  ["crashed.output_limit"] = true,
}

---@param value any
---@return table
local function list(value)
  return type(value) == "table" and value or {}
end

local function error_text(result)
  local parts = { type(result.result) == "string" and result.result or nil }
  for _, text in ipairs(list(result.errors)) do
    parts[#parts + 1] = tostring(text)
  end
  return table.concat(parts, "\n")
end

local function of_error(result, text)
  if result.subtype == "error_during_execution" then
    if tostring(result.terminal_reason):find("^aborted") then
      return "killed.interrupted"
    end
    return errors.of_text(text) or "crashed.error_during_execution"
  end
  local told = errors.of_text(text)
  local status = type(result.api_error_status) == "number" and result.api_error_status
  if not status or told and TELLING[told] then
    return told or "crashed.api_error"
  end
  return errors.of_status(status) or told or "crashed.api_error"
end

-- Refused tools matter unless another tool worked after the last refusal.
local function is_blocked(denied, tools)
  local last = 0
  for _, denial in ipairs(denied) do
    local seen = tools[tostring(denial.tool_use_id)]
    last = math.max(last, seen and seen.at or 0)
  end
  for _, tool in pairs(tools) do
    if tool.ok and tool.at > last then
      return false
    end
  end
  return #denied > 0
end

---The tools that were refused, in order.
---@param result table
---@return { tool_name: string, tool_use_id: string? }[]
function M.denials(result)
  local denied = {}
  for _, denial in ipairs(list(result.permission_denials)) do
    if type(denial) == "table" and type(denial.tool_name) == "string" then
      denied[#denied + 1] = denial
    end
  end
  return denied
end

---The verdict of a result line.
---@param result table the line, decoded
---@param tools table<string, { at: integer, ok: boolean }> how each tool call ended, in order
---@param wants_output boolean a schema was asked for
---@return { reason: string, detail: string?, message: string? }
function M.terminal(result, tools, wants_output)
  local message, denied = error_text(result), M.denials(result)
  local reason = SUBTYPES[result.subtype]
  if not reason and (result.is_error == true or result.subtype ~= "success") then
    reason = of_error(result, message)
  elseif not reason and wants_output and type(result.structured_output) ~= "table" then
    reason, message = "schema_invalid.missing", "the answer has no structured output"
  elseif not reason and is_blocked(denied, tools) then
    reason, message = "permission_blocked.denied", "refused: " .. denied[#denied].tool_name
  end
  if not reason then
    return { reason = "normal" }
  end
  local head, detail = reason:match("^([^.]+)%.?(.*)$")
  return { reason = head, detail = detail ~= "" and detail or nil, message = message }
end

---Tokens of all models, subagents included. (The sum in `usage` is 0 after a broken stream.)
---@param result table
---@return { input: integer, output: integer, cache_read: integer, cache_write: integer }?
function M.usage(result)
  local sum
  for _, used in pairs(list(result.modelUsage)) do
    sum = sum or { input = 0, output = 0, cache_read = 0, cache_write = 0 }
    sum.input = sum.input + (tonumber(used.inputTokens) or 0)
    sum.output = sum.output + (tonumber(used.outputTokens) or 0)
    sum.cache_read = sum.cache_read + (tonumber(used.cacheReadInputTokens) or 0)
    sum.cache_write = sum.cache_write + (tonumber(used.cacheCreationInputTokens) or 0)
  end
  return sum
end

return M
