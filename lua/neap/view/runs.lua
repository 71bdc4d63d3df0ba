-- runs: the table of `neap ls`. Pure: rows in, lines out.

local reason = require "neap.view.reason"
local sentence = require "neap.graph.sentence"
local style = require "neap.view.style"

local M = {}

local function about(run, now_ms)
  local asks = run.asks
  if asks then
    return asks.step .. " " .. reason.wait({ question = asks.question, name = asks.name,
      run = run.id }, now_ms)
  elseif run.state == "waiting" and run.waits then
    local first = run.waits.on and run.waits.on[1] or {}
    return (first.step and first.step .. " " or "") .. reason.on(run, first, now_ms)
  end
  return run.reason or run.state == "running" and run.orphan and sentence.orphan(run.id) or ""
end

---@param runs table[] rows of the run table, newest first, `waits` decoded; `asks`: its question,
---`orphan`: no neap has it
---@param opts { style: neap.Style, now_ms: integer, total?: integer }
---@return string[]
function M.render(runs, opts)
  if #runs == 0 then
    return { "no runs yet" }
  end
  local rows = { { "RUN", "NAME", "STATE", "UPDATED", "" } }
  for i, run in ipairs(runs) do
    rows[i + 1] = { run.id, style.line(run.name, 40) .. (run.key and " key=" .. run.key or ""),
      run.state, style.ago(run.updated_at, opts.now_ms), about(run, opts.now_ms) }
  end
  local lines = style.columns(rows, function(column, cell, row)
    if row == 1 then
      return opts.style:paint("dim", cell)
    end
    return column == 3 and opts.style:state(cell) or cell
  end)
  local more = (opts.total or #runs) - #runs
  if more > 0 then
    lines[#lines + 1] = ("and %d older: neap ls --all"):format(more)
  end
  return lines
end

return M
