-- interrupted: what a person must know when neap leaves a run that is not over. Pure.

local reason = require "neap.view.reason"
local shell = require "neap.base.shell"
local style = require "neap.view.style"

local M = {}

---The command that goes on with a run.
---@param run table row of the run, `args` decoded
---@return string
function M.command(run)
  local words = { "neap", "run" }
  if run.key then
    words[#words + 1] = "--key " .. shell.quote(run.key)
  end
  words[#words + 1] = shell.quote(run.file or "FILE")
  for _, arg in ipairs(run.args or {}) do
    words[#words + 1] = type(arg) == "table" and "…" or shell.quote(tostring(arg))
  end
  return table.concat(words, " ")
end

---@param run table row of the run
---@param steps table[] its open steps: key, kind, state, due, args
---@param opts { style: neap.Style, now_ms: integer }
---@return string[]
function M.render(run, steps, opts)
  local lines = { opts.style:paint("yellow", "interrupted")
    .. ": everything finished is on record" }
  for _, step in ipairs(steps) do
    if step.state == "waiting" or (step.due and step.due > opts.now_ms) then
      lines[#lines + 1] = ("will not wake by itself: %s %s"):format(style.line(step.key),
        reason.step(step, run.id, opts.now_ms))
    else
      lines[#lines + 1] = ("will run again: %s"):format(style.line(step.key))
    end
  end
  lines[#lines + 1] = "go on with: " .. M.command(run)
  return lines
end

return M
