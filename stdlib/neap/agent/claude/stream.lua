-- The stream-json of Claude Code, line by line.
-- Owns the parser of one attempt: progress, session, usage, refusals, pending questions, and at the
-- end the facts that policy/exit judges. Keeps no time and starts nothing.
-- Uses cjson (other people's JSON), agent/errors, agent/claude/result.
local cjson = require "cjson"

local errors = require "neap.agent.errors"
local meaning = require "neap.agent.claude.result"

---@class neap.ClaudeStream
---@field session string?
---@field turns integer messages of the model, by id: one message spans several lines
---@field pending table<string, string> permission requests without an answer: id -> tool
---@field retrying boolean the last sign of life was the tool trying its API again
local Stream = {}
Stream.__index = Stream

local M = {}

-- Exit codes when there was no result line: the tool catches signals and exits 128 + n.
local CODES = {
  [130] = "killed.signal:SIGINT",
  [137] = "killed.signal:SIGKILL",
  [143] = "killed.signal:SIGTERM",
}

local PATTERNS = {
  { "requires %-%-verbose", "crashed.usage" },
  { "cannot be used with root", "crashed.usage" }, -- access = "full"
}
for _, row in ipairs(errors.patterns) do
  PATTERNS[#PATTERNS + 1] = row
end

---A parser for one attempt.
---@param request { schema: table? }
---@return neap.ClaudeStream
function M.new(request)
  return setmetatable({
    wants_output = request.schema ~= nil,
    turns = 0,
    seen = {},
    usage = { input = 0, output = 0, cache_read = 0, cache_write = 0 },
    tools = {},
    order = 0,
    pending = {},
    retrying = false,
  }, Stream)
end

local function fields(value)
  return type(value) == "table" and value or {}
end

local on = {}

function on.system(self, event)
  self.retrying = event.subtype == "api_retry"
  return { progress = not self.retrying }
end

-- Without a result line the messages are all there is to count; `output_tokens` is a placeholder.
function on.assistant(self, event)
  local message = fields(event.message)
  if type(message.id) == "string" and not self.seen[message.id] then
    local sum, usage = self.usage, fields(message.usage)
    self.seen[message.id] = true
    self.turns = self.turns + 1
    sum.input = sum.input + (tonumber(usage.input_tokens) or 0)
    sum.output = sum.output + (tonumber(usage.output_tokens) or 0)
    sum.cache_read = sum.cache_read + (tonumber(usage.cache_read_input_tokens) or 0)
    sum.cache_write = sum.cache_write + (tonumber(usage.cache_creation_input_tokens) or 0)
  end
  self.retrying = false
  return { progress = true }
end

-- The order of tool results decides whether a refused tool was got over.
function on.user(self, event)
  for _, block in ipairs(fields(fields(event.message).content)) do
    if fields(block).type == "tool_result" and type(block.tool_use_id) == "string" then
      self.order = self.order + 1
      self.tools[block.tool_use_id] = { at = self.order, ok = block.is_error ~= true }
    end
  end
  self.retrying = false
  return { progress = true }
end

function on.control_request(self, event)
  local request = fields(event.request)
  if request.subtype ~= "can_use_tool" then
    return { progress = true }
  end
  local tool = tostring(request.tool_name)
  self.pending[tostring(event.request_id)] = tool
  return { progress = false, blocked_on = tool }
end

function on.control_cancel_request(self, event)
  self.pending[tostring(event.request_id)] = nil
  return { progress = true }
end

function on.result(self, event)
  self.result = event
  return { progress = true, final = true }
end

---One line of output.
---@param text string
---@param stream 1|2
---@return neap.StreamNews? news nil: says nothing
function Stream:line(text, stream)
  if stream == 2 or text:byte() ~= 123 then
    return nil
  end
  local ok, event = pcall(cjson.decode, text)
  if not ok or type(event) ~= "table" then
    return nil
  end
  local handler = on[event.type]
  local news = handler and handler(self, event) or { progress = true }
  if not self.session and type(event.session_id) == "string" then
    self.session = event.session_id
    news.session = self.session
  end
  return news
end

local function answer(tool, result, stream)
  tool.terminal = meaning.terminal(result, stream.tools, stream.wants_output)
  for i, denial in ipairs(meaning.denials(result)) do
    tool.denials[i] = denial.tool_name
  end
  tool.text = type(result.result) == "string" and result.result or nil
  tool.output = type(result.structured_output) == "table" and result.structured_output or nil
  tool.cost = tonumber(result.total_cost_usd)
  tool.usage = meaning.usage(result) or tool.usage
end

---@class neap.AgentTool what a parser knows at the end, as policy/exit takes it
---@field terminal { reason: string, detail: string?, message: string? }? the tool's own result
---@field pending { blocked_on: string }?
---@field codes table<integer, string>
---@field patterns { [1]: string, [2]: string }[] over error_text only
---@field error_text string
---@field timeout string? the detail of a timeout, where the stream tells one
---@field session string?
---@field text string? the final answer
---@field output table? the answer in the schema asked for
---@field cost number? US dollars
---@field turns integer
---@field usage { input: integer, output: integer, cache_read: integer, cache_write: integer }
---@field denials string[] tools that were refused

---The end of the stream.
---@param facts { stderr: string?, stopped: string? } what the process left
---@return neap.AgentTool
function Stream:finish(facts)
  local _, waiting = next(self.pending)
  local tool = {
    pending = waiting and { blocked_on = waiting } or nil,
    codes = CODES,
    patterns = PATTERNS,
    error_text = facts.stderr or "",
    timeout = self.retrying and "stalled_retrying" or not self.session and "no_output"
      or facts.stopped == "timeout.silence" and "stalled" or nil,
    session = self.session,
    turns = self.turns,
    usage = self.usage,
    denials = {},
  }
  if self.result then
    answer(tool, self.result, self)
  end
  return tool
end

return M
