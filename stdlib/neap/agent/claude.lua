-- Claude Code as a subprocess: its argv and the environment it gets.
-- Owns the flags; refuses to start anything. The prompt travels on stdin, never on argv. What it
-- prints is read by agent/claude/stream.
local stream = require "neap.agent.claude.stream"

local M = { name = "claude", vendor = "anthropic", program = "claude", stream = stream.new }

-- What each access may do. Who reads has no tool that could do more, and nothing in the tree it
-- looks at (settings, hooks, servers) is obeyed; plan mode is no such thing, it asks for a plan.
local ACCESS = {
  read = {
    "--permission-mode", "dontAsk", "--tools", "Read,Glob,Grep", "--strict-mcp-config",
    "--setting-sources", "user",
  },
  write = { "--permission-mode", "acceptEdits" },
  full = { "--permission-mode", "bypassPermissions" },
}

-- A child never inherits what a surrounding agent set; who pays and where the model lives is given
-- back to it.
local CREDENTIALS = {
  "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX",
}

---@class (exact) neap.AgentRequest
---@field access "read"|"write"|"full"
---@field model string?
---@field budget number? US dollars
---@field turns integer?
---@field schema table? JSON schema of the answer
---@field resume string? session to continue
---@field session string? id for a new session
---@field allow string[]? tools that need no question, as "Bash(make *)"

---The argument vector of one attempt. The prompt is not in it: it is written to stdin.
---@param request neap.AgentRequest
---@param encode fun(value: any): string JSON encoder for the schema
---@return string[]
function M.argv(request, encode)
  local argv = { "-p", "--output-format", "stream-json", "--verbose" }
  local function add(flag, value)
    if value ~= nil then
      argv[#argv + 1], argv[#argv + 2] = flag, tostring(value)
    end
  end
  for _, word in ipairs(ACCESS[request.access]) do
    argv[#argv + 1] = word
  end
  add("--model", request.model)
  add("--max-budget-usd", request.budget)
  add("--max-turns", request.turns)
  add("--json-schema", request.schema and encode(request.schema))
  add("--resume", request.resume)
  add("--session-id", not request.resume and request.session or nil)
  local allow = request.allow or {}
  add("--allowedTools", #allow > 0 and table.concat(allow, ",") or nil)
  return argv
end

---What the tool needs beside the environment every child gets.
---@param ours table<string, string> our own environment
---@return table<string, string>
function M.env(ours)
  local env = { DISABLE_AUTOUPDATER = "1" }
  for _, name in ipairs(CREDENTIALS) do
    env[name] = ours[name]
  end
  return env
end

return M
