-- reason: failures, waits and results as one line of text. Pure.

local duration = require "neap.base.duration"
local err = require "neap.base.err"
local shell = require "neap.base.shell"
local style = require "neap.view.style"

local M = {}

---"reason.detail: message" of a failure, on one line.
---@param failure table
---@return string
function M.failure(failure)
  local tag = failure.reason or "unknown"
  if failure.detail then
    tag = tag .. "." .. failure.detail
  end
  return failure.message and style.line(tag .. ": " .. failure.message) or tag
end

---The same before its place: without the path and line that a message of Lua begins with.
---@param failure table
---@return string
function M.placed(failure)
  local line = failure.file and failure.line and (":%d: "):format(failure.line)
  local from, to = (failure.message or ""):find(line or "\n", 1, true)
  if not line or not from or failure.message:sub(1, from):find("%s") then
    return M.failure(failure)
  end
  return M.failure { reason = failure.reason, detail = failure.detail,
    message = failure.message:sub(to + 1) }
end

---Where in the script a failure points, with the line as written, and its help.
---@param failure table
---@return string[]
function M.place(failure)
  local lines = {}
  if failure.file then
    local at = { message = "", file = failure.file, line = failure.line, help = failure.help }
    for line in err.render(at):gmatch("\n([^\n]*)") do
      lines[#lines + 1] = line
    end
  end
  return lines
end

---Why a run failed, and where: one failure, or the first of several tasks.
---@param failure table
---@return string[]
function M.whole(failure)
  local several = failure.failures
  if not several then
    local lines = M.place(failure)
    table.insert(lines, 1, "failure: " .. M.placed(failure))
    return lines
  end
  local rows = {}
  for i, one in ipairs(several) do
    rows[i] = { "  " .. style.line(one.step, 40), ("%s:%s"):format(one.file, one.line),
      M.placed(one) }
  end
  local lines = style.columns(rows)
  table.insert(lines, 1, ("failure: %d tasks failed"):format(failure.count))
  if failure.count > #several then
    lines[#lines + 1] = ("  and %d more"):format(failure.count - #several)
  end
  return lines
end

---The last lines of what a failed attempt said, each behind a bar.
---@param failure table
---@param count integer
---@return string[]
function M.tail(failure, count)
  local tails = type(failure.tails) == "table" and failure.tails or {}
  local text = tails.stderr
  if not text or text == "" then
    text = tails.stdout or ""
  end
  local lines = {}
  for line in style.clean(text):gmatch("[^\n]+") do
    lines[#lines + 1] = "| " .. style.line(line, 140)
  end
  local out = {}
  for i = math.max(1, #lines - count + 1), #lines do
    out[#out + 1] = lines[i]
  end
  return out
end

local WORDS = {
  sleep = "sleeps", receive = "waits for a message", retry = "waits before another attempt",
  approve = "waits for approval", breaker = "waits for a circuit breaker",
}

---@class neap.Wait
---@field kind? string
---@field until? number ms
---@field question? string to a person, who answers the run below this name
---@field name? string
---@field run? string

---What a wait is for and until when: "waits for a message until 12:00:00 (in 3h)"; of a question,
---the command that answers it.
---@param wait neap.Wait
---@param now_ms number
---@return string
function M.wait(wait, now_ms)
  local text = WORDS[wait.kind] or "waits"
  if wait.question then
    return ('asks "%s"; answer: neap signal %s %s true'):format(style.line(wait.question), wait.run,
      shell.quote(wait.name))
  end
  local due = wait["until"]
  if due then
    local left = math.max(0, (due - now_ms) / 1000)
    text = ("%s until %s (%s)"):format(text, style.time(due, now_ms),
      left > 0 and "in " .. duration.format(left) or "due now")
  end
  return text
end

---One of the things that a run waits for.
---@param run table its row, `waits` decoded
---@param on table one of waits.on
---@param now_ms number
---@return string
function M.on(run, on, now_ms)
  return M.wait({ kind = on.kind, ["until"] = run.waits["until"], question = on.question,
    name = on.name, run = run.id }, now_ms)
end

---What a step on record waits for.
---@param step table its row, `args` decoded
---@param run_id string
---@param now_ms number
---@return string
function M.step(step, run_id, now_ms)
  local about = step.kind == "receive" and step.args or {}
  return M.wait({ kind = step.state == "retrying" and "retry" or step.kind, ["until"] = step.due,
    question = about.question, name = about.name, run = run_id }, now_ms)
end

return M
