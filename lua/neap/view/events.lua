-- events: the journal of a run as lines. Pure.

local style = require "neap.view.style"

local M = {}

---One line of an event: number, time, type, step and the data as recorded.
---@param event table row of the event table
---@param opts { style: neap.Style, now_ms: integer }
---@return string
function M.line(event, opts)
  local subject = event.step or ""
  if event.attempt and event.step then
    subject = ("%s (%d)"):format(event.step, event.attempt)
  end
  return ("%5d  %s  %s  %s  %s"):format(event.n, style.time(event.at, opts.now_ms),
    style.pad(event.type, 18), style.pad(subject, 20),
    opts.style:paint("dim", style.line(event.data or "", 200))):gsub("%s+$", "") .. ""
end

return M
