-- failure: what a script raised, as a failure; a failure, as it is kept on record and read again.
-- Owns messages that are text and the same in every process. Refuses to know what follows from one.

local behind = require("neap.run.behind")
local err = require("neap.base.err")
local json = require("neap.base.json")
local native = require("neap.native")

local M = {}

local LONGEST = 1000 -- bytes of a table's JSON in a message

---`text`, with every byte that is no UTF-8 written as \xNN.
---@param text string
---@return string
function M.text(text)
  if native.json.encode(text) then
    return text
  end
  return (text:gsub("[\128-\255]+", function(bytes)
    return not native.json.encode(bytes) and bytes:gsub(".", function(byte)
      return ("\\x%02x"):format(byte:byte())
    end) or nil
  end))
end

local function of_table(problem)
  local meta = getmetatable(problem)
  local said = rawget(problem, "message")
  if type(said) == "string" then
    return said
  elseif type(meta) == "table" and rawget(meta, "__tostring") then
    local ok, shown = pcall(tostring, problem)
    return ok and shown or "an error whose __tostring fails"
  end
  local shown = native.json.encode(problem)
  return shown and #shown <= LONGEST and shown or "a table"
end

---What was raised, for a person: never an address, always text.
---@param problem any
---@return string
function M.message(problem)
  local kind = type(problem)
  if kind == "table" then
    return M.text(of_table(problem))
  elseif kind == "function" or kind == "userdata" or kind == "thread" then
    return "a " .. kind
  end
  return M.text(tostring(problem))
end

---What a script raised, as a failure. Failures stay; a misuse of neap is crashed.script, anything
---else crashed.lua.
---@param problem any
---@param traceback? string
---@param file? string where a Lua error was raised
---@param line? integer
---@return neap.Failure
function M.of(problem, traceback, file, line)
  if err.is_failure(problem) then
    return problem
  elseif err.is_usage(problem) then
    return err.failure { reason = "crashed", detail = "script", retryable = false,
      message = M.text(problem.message), file = problem.file, line = problem.line,
      help = problem.help }
  end
  local code = type(problem) == "table" and rawget(problem, "code")
  return err.failure { reason = "crashed", detail = "lua", retryable = true,
    message = M.message(problem), file = file, line = line,
    traceback = traceback and M.text(traceback),
    code = (type(code) == "string" or type(code) == "number") and code or nil }
end

---A failure that no line of the script raised, with the place of the call that met it.
---@param found neap.Failure
---@param fn function of the script
---@param co? thread of `fn`, where it died
---@return neap.Failure
function M.placed(found, fn, co)
  if not found.file and co then
    found.file, found.line = err.where(co)
    if not found.file then
      found.file, found.line = behind(fn)
    end
  end
  return found
end

---reason.detail
---@param failure neap.Failure
---@return string
function M.tag(failure)
  return failure.reason .. (failure.detail and "." .. failure.detail or "")
end

local function plain(value)
  if type(value) == "string" then
    return M.text(value)
  end
  local marked = json.marked(value)
  return native.json.encode(marked) and marked or nil
end

---A failure as the journal keeps it; fields that JSON cannot hold are left out.
---@param failure neap.Failure
---@return table
function M.plain(failure)
  local data = {}
  for name, value in pairs(failure) do
    data[name] = name == "tails" and json.marked(value) or plain(value)
  end
  return data
end

---The same without the output: what a run's last event keeps.
---@param failure neap.Failure
---@return table
function M.brief(failure)
  local data = M.plain(failure)
  data.tails = nil
  return data
end

---A failure as a later pass reads it.
---@param data table|string what `plain` gave, or its JSON
---@return neap.Failure
function M.read(data)
  return err.failure(type(data) == "string" and json.decode(data) or json.copy(data))
end

return M
