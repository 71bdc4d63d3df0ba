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

---A run that another neap took over.
---@param run table row of the run
---@param holder? integer the process that has it; nil: nobody has
---@param paint neap.Style
---@return string[]
function M.taken_over(run, holder, paint)
  local there = run.ended_at and "another neap ended it: " .. run.state
    or holder and ("another neap (process %d) runs it now"):format(holder)
    or "another neap ran it, and runs it no more"
  local next_line = run.ended_at and "how it ended there: neap show " .. run.id
    or holder and "how it goes on there: neap show " .. run.id
    or "go on with: " .. M.command(run)
  return {
    ("%s: %s; what was done here since is not on record")
      :format(paint:paint("yellow", "taken over"), there),
    next_line,
  }
end

return M
