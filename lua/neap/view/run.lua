-- run: the page of `neap show`: the run, its steps with their attempts, its errors. Pure.

local duration = require "neap.base.duration"
local reason = require "neap.view.reason"
local sentence = require "neap.graph.sentence"
local style = require "neap.view.style"

local M = {}

---@class neap.RunPage
---@field run table row of the run, JSON columns decoded
---@field steps table[] rows of its steps in the order they began, `failure` decoded
---@field attempts table[] rows of its attempts in order
---@field errors table[] error records in order

local function took(row)
  if row.state == "skipped" then
    return ""
  elseif row.duration then
    return duration.format(row.duration)
  elseif row.started_at and row.ended_at then
    return duration.format((row.ended_at - row.started_at) / 1000)
  end
  return ""
end

---The header's lines: what the run is and how it stands.
local function header(page, opts)
  local run, now_ms = page.run, opts.now_ms
  local rows = { { "run", run.id }, { "state", run.state } }
  local function add(name, value)
    if value and value ~= "" then
      rows[#rows + 1] = { name, value }
    end
  end
  add("key", run.key)
  add("file", run.file)
  add("input", run.args ~= "[]" and run.args or nil)
  add("began", ("%s (%s)"):format(style.time(run.created_at, now_ms),
    style.ago(run.created_at, now_ms)))
  add("took", run.ended_at and duration.format((run.ended_at - run.created_at) / 1000) or nil)
  if run.waits then
    for _, on in ipairs(run.waits.on or {}) do
      add("waits", ("%s %s"):format(on.step or "", reason.on(run, on, now_ms)))
    end
  end
  add("waits", run.state == "running" and run.orphan and sentence.orphan(run.id))
  add("failure", run.failure and reason.failure(run.failure))
  add("result", run.result and style.line(run.result))
  local lines = style.columns(rows, function(column, cell, row)
    if column == 1 then
      return opts.style:paint("dim", cell)
    end
    return row == 2 and opts.style:state(cell) or cell
  end)
  table.insert(lines, 1, opts.style:paint("bold", style.line(run.name)))
  return lines
end

local function about(step, opts)
  if opts.over and (step.state == "waiting" or step.state == "retrying") then
    return "the run ended first"
  elseif step.failure then
    return reason.failure(step.failure)
  elseif step.state == "skipped" and step.cause then
    return "because of " .. step.cause
  elseif step.state == "waiting" or step.state == "retrying" then
    return reason.step(step, step.run, opts.now_ms)
  end
  return ""
end

---The rows of one step: itself, and its attempts when there was more than one.
local function step_rows(rows, states, step, attempts, opts)
  rows[#rows + 1] = { step.key, step.state, step.kind, took(step), about(step, opts) }
  states[#rows] = step.state
  if #attempts < 2 then
    return
  end
  for _, attempt in ipairs(attempts) do
    rows[#rows + 1] = { ("  attempt %d"):format(attempt.attempt), attempt.state, "", took(attempt),
      attempt.reason or "" }
  end
end

local function steps(page, opts)
  if #page.steps == 0 then
    return {}
  end
  local by_step = {}
  for _, attempt in ipairs(page.attempts) do
    by_step[attempt.step] = by_step[attempt.step] or {}
    table.insert(by_step[attempt.step], attempt)
  end
  local rows, states = { { "STEP", "STATE", "KIND", "TOOK", "" } }, {}
  for _, step in ipairs(page.steps) do
    step_rows(rows, states, step, by_step[step.key] or {}, opts)
  end
  local lines = style.columns(rows, function(column, cell, row)
    if column == 2 and states[row] then
      return opts.style:state(states[row], cell)
    end
    return states[row] and cell or opts.style:paint("dim", cell)
  end)
  table.insert(lines, 1, "")
  return lines
end

local function errors(page, opts)
  local lines = {}
  for _, row in ipairs(page.errors) do
    local where = row.step and ("%s, attempt %d"):format(row.step, row.attempt or 1) or "the run"
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("%s  %s  %s"):format(opts.style:state("failed", row.reason or "error"),
      where, style.time(row.at, opts.now_ms))
    for line in style.clean(row.traceback or row.message or ""):gmatch("[^\n]+") do
      lines[#lines + 1] = "  " .. line
    end
  end
  return lines
end

---@param page neap.RunPage
---@param opts { style: neap.Style, now_ms: integer }
---@return string[]
function M.render(page, opts)
  opts = { style = opts.style, now_ms = opts.now_ms, over = page.run.ended_at ~= nil }
  local lines = header(page, opts)
  for _, part in ipairs { steps(page, opts), errors(page, opts) } do
    for _, line in ipairs(part) do
      lines[#lines + 1] = line
    end
  end
  return lines
end

return M
