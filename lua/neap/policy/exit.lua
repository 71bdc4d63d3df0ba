-- Why a process ended: ten reasons with a detail, from the facts and from what the tool said.
-- Owns the rules and their order, which are data; refuses to guess from prose.

local reason = require "neap.policy.reason"

---@class neap.ExitTool what the parser of a tool's protocol knows at the end
---@field terminal? { reason: string, detail?: string, message?: string } the tool's own result
---@field pending? { blocked_on?: string, detail?: string } a permission request nobody answered
---@field timeout? string detail that replaces ours when we ended it for time ("stalled_retrying")
---@field codes? table<integer, string> the tool's exit codes, as "reason.detail"
---@field patterns? string[][] { Lua pattern, "reason.detail" }, over `error_text` in lower case
---@field error_text? string error fields only, never prose or the output of the tool's tools
---@field rules? neap.ExitRule[] rules of this tool, as made by `exit.extend`

---@class neap.ExitRule the first that answers decides
---@field name string
---@field before? string for `exit.extend`: the rule it goes before (default: before all)
---@field match fun(facts: table, tool: neap.ExitTool): string?, table? "reason.detail", more fields

---@class neap.ExitResult
---@field reason string one of `exit.reasons`
---@field detail? string stable sub-code
---@field retryable boolean
---@field rule string the name of the rule that decided
---@field blocked_on? string what waited for permission
---@field message? string what the tool itself said of it

local M = { reasons = reason.reasons, is_reason = reason.is_reason,
  is_retryable = reason.is_retryable }

---@type neap.ExitRule[] the order is the precedence
M.rules = {
  { name = "spawn", match = function(facts)
    local failed = facts.spawn_error
    local detail = failed and (reason.spawn[failed.errno] or failed.code)
    return failed and "crashed.spawn" .. (detail and "." .. detail or "")
  end },
  { name = "terminal", match = function(_, tool)
    local said = tool.terminal
    if said then
      return said.detail and said.reason .. "." .. said.detail or said.reason,
        { message = said.message }
    end
  end },
  { name = "pending", match = function(_, tool)
    local asked = tool.pending
    if asked then
      return "permission_blocked." .. (asked.detail or "pending_prompt"),
        { blocked_on = asked.blocked_on }
    end
  end },
  { name = "stopped", match = function(facts, tool)
    local why = facts.stopped
    if why and tool.timeout and why:find("^timeout") then
      return "timeout." .. tool.timeout
    end
    return why
  end },
  { name = "signal", match = function(facts)
    return facts.signal and reason.signalled(facts.signal)
  end },
  { name = "codes", match = function(facts, tool)
    return (tool.codes or reason.codes)[facts.code]
  end },
  { name = "patterns", match = function(facts, tool)
    if facts.code == 0 or not tool.error_text then
      return nil
    end
    local text = tool.error_text:lower()
    for _, row in ipairs(tool.patterns or {}) do
      if text:find(row[1]) then
        return row[2]
      end
    end
  end },
  { name = "exit", match = function(facts)
    return facts.code and facts.code ~= 0 and "crashed.exit:" .. facts.code
  end },
  { name = "unknown", match = function(facts)
    return facts.code == 0 and "unknown.no_result" or "unknown"
  end },
}

local function place_of(list, name)
  for i, rule in ipairs(list) do
    if rule.name == name then
      return i
    end
  end
  error(("exit.extend: there is no rule %q to go before"):format(name), 3)
end

---A new list of rules: the given ones put in before the rules they name, or before all.
---@param extra neap.ExitRule[]
---@param base? neap.ExitRule[] default `exit.rules`
---@return neap.ExitRule[]
function M.extend(extra, base)
  local list = {}
  for i, rule in ipairs(base or M.rules) do
    list[i] = rule
  end
  local first = 1
  for _, rule in ipairs(extra) do
    if rule.before then
      table.insert(list, place_of(list, rule.before), rule)
    else
      table.insert(list, first, rule)
      first = first + 1
    end
  end
  return list
end

local NO_TOOL = {}

---Why it ended: the first rule that answers.
---@param facts table the facts of the exit, with `stopped` and `spawn_error` where they hold
---@param tool? neap.ExitTool
---@return neap.ExitResult
function M.classify(facts, tool)
  tool = tool or NO_TOOL
  for _, rule in ipairs(tool.rules or M.rules) do
    local tag, more = rule.match(facts, tool)
    if tag then
      local dot = tag:find(".", 1, true)
      local result = { reason = dot and tag:sub(1, dot - 1) or tag,
        detail = dot and tag:sub(dot + 1) or nil, retryable = reason.is_retryable(tag),
        rule = rule.name }
      for field, value in pairs(more or NO_TOOL) do
        result[field] = value
      end
      return result
    end
  end
  return { reason = "unknown", retryable = true, rule = "none" }
end

return M
