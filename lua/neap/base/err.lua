-- Errors as values: failures of steps, and mistakes in the use of neap.
-- Owns both classes, the place in the script they point to, and how a mistake is shown.
-- Refuses to know reasons and policies.

local native = require("neap.native")

---Why a step or a run failed. Plain data, and therefore what the journal holds.
---@class neap.Failure
---@field reason string one of the exit reasons, e.g. "timeout"
---@field detail? string the finer tag, e.g. "silence"
---@field message? string what happened, for a person
---@field step? string key of the step
---@field attempts? integer attempts made
---@field retryable? boolean whether another attempt may help
---@field failures? table[] of a graph: the first of several tasks that failed, by name as `step`
---@field count? integer how many those are in all
---@field tails? { stdout?: string, stderr?: string } the last output
local Failure = {}
Failure.__index = Failure

---A mistake in a script or in the use of neap; exit code 2, never a traceback.
---@class neap.UsageError
---@field message string
---@field file? string
---@field line? integer
---@field help? string
local UsageError = {}
UsageError.__index = UsageError

local M = {}

local function last_lines(text, n)
  local at = #text + (text:sub(-1) == "\n" and 0 or 1)
  for _ = 1, n do
    repeat
      at = at - 1
    until at < 1 or text:byte(at) == 10
    if at < 1 then
      return text
    end
  end
  return text:sub(at + 1)
end

---The last `n` lines of the error output, or of the output where there is none.
---@param n? integer default 20
---@return string
function Failure:tail(n)
  local tails = self.tails or {}
  local text = tails.stderr
  if not text or text == "" then
    text = tails.stdout or ""
  end
  return last_lines(text, n or 20)
end

function Failure:__tostring()
  local tag = self.detail and (self.reason .. "." .. self.detail) or self.reason
  return self.message and (tag .. ": " .. self.message) or tag
end

---Makes a failure of `fields`, which is taken.
---@param fields table
---@return neap.Failure
function M.failure(fields)
  fields.reason = fields.reason or "unknown"
  return setmetatable(fields, Failure)
end

---@param value any
---@return boolean
function M.is_failure(value)
  return type(value) == "table" and getmetatable(value) == Failure
end

---The file of a function or frame when it is a script's and not neap's own.
---@param source string as debug.getinfo has it
---@return string?
M.script = native.script

local behind ---@type fun(): string?, integer?

---`fn` says where a script is that has left the stack: `return w:step(…)` keeps no frame of it.
---@param fn fun(): string?, integer?
function M.look_behind(fn)
  behind = fn
end

---`fn(...)`; its mistakes point at `file` and `line` where the script has left the stack.
function M.from(file, line, fn, ...)
  local before = behind
  behind = function()
    return file, line
  end
  local ok, value = pcall(fn, ...)
  behind = before
  if not ok then
    error(value, 0)
  end
  return value
end

---The first frame on the stack that is a script's.
---@param co? thread that died; default the one that runs
---@return string? file
---@return integer? line
function M.where(co)
  local file, line = native.where(co)
  if not file and not co and behind then
    return behind()
  end
  return file, line
end

---Where the error message of Lua points to: "…/a.lua:3: boom". Lua cuts off the head of a long
---path; the frame it is of has all of it.
---@param message any
---@param co? thread that died of it; default the one that runs
---@return string? file of a script
---@return integer? line
function M.blame(message, co)
  local at, line
  if type(message) == "string" then
    at, line = message:match("^([^\n]-):(%d+): ")
  end
  local level = co and 0 or 2
  while at do
    local frame = co and debug.getinfo(co, level, "S") or not co and debug.getinfo(level, "S")
    if not frame then
      return nil
    end
    local file = frame.short_src == at and M.script(frame.source)
    if file then
      return file, tonumber(line)
    end
    level = level + 1
  end
end

---Raises a neap.UsageError. Without a place in `at`, the script's line on the stack is taken.
---@param message string
---@param at? { file?: string, line?: integer, help?: string }
function M.usage(message, at)
  at = at or {}
  local file, line = at.file, at.line
  if not file then
    file, line = M.where()
  end
  local fields = { message = message, file = file, line = line, help = at.help }
  error(setmetatable(fields, UsageError), 0)
end

---@param value any
---@return boolean
function M.is_usage(value)
  return type(value) == "table" and getmetatable(value) == UsageError
end

local function read_file_line(file, line)
  local handle = io.open(file, "r")
  if not handle then
    return nil
  end
  local text
  for _ = 1, line do
    text = handle:read("*l")
  end
  handle:close()
  return text
end

---The four lines a person sees: what, where, the script's line as written, help.
---@param mistake neap.UsageError
---@param read_line? fun(file: string, line: integer): string? default reads the file
---@return string without a newline at its end
function M.render(mistake, read_line)
  local lines = { "error: " .. mistake.message }
  if mistake.file then
    lines[2] = "  --> " .. mistake.file .. (mistake.line and ":" .. mistake.line or "")
    local text = mistake.line and (read_line or read_file_line)(mistake.file, mistake.line)
    lines[3] = text and ("%d | %s"):format(mistake.line, text) or nil
  end
  lines[#lines + 1] = mistake.help and ("help: " .. mistake.help) or nil
  return table.concat(lines, "\n")
end

UsageError.__tostring = function(self)
  return M.render(self)
end

return M
