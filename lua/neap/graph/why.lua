-- why: why a step waits, was skipped, tried again or failed, and what happens next, in sentences.
-- Pure: rows of the record go in, lines come out. Owns what is told; refuses to know the store.

local sentence = require "neap.graph.sentence"

---@class neap.WhyOpts
---@field run string id of the run, as people are to type it
---@field now_ms number
---@field time fun(at_ms: number): string
---@field orphan? boolean the run is running on record, and no neap has it

---@class neap.WhyStep
---@field key string
---@field row? table the step's row, `args`, `failure` and `value` decoded; nil: it has not begun
---@field ends? table[] data of its attempt.ended events in order, each with `attempt`
---@field needs? { name: string, state: string, mode: string }[] of a node of a graph
---@field pool? string of a node of a graph
---@field because? neap.WhySkipped of a node that was skipped for what it needs
---@field asked? string the question of a node that waits for approval
---@field run table row of the run

---@class neap.WhySkipped
---@field need? string the need that did not complete; nil: the graph is not known
---@field root? table row of the node whose own end was the cause

local M = {}

local OVER = { completed = true, failed = true, cancelled = true, skipped = true }

---Why a node has no row yet: what it needs, or what it waits in line for.
local function not_begun(facts)
  if OVER[facts.run.state] then
    return ("did not begin before the run ended (%s)"):format(facts.run.state)
  end
  if facts.asked then
    return ('has not begun: a person has yet to approve it ("%s")'):format(facts.asked)
  end
  local missing = {}
  for _, need in ipairs(facts.needs or {}) do
    if not OVER[need.state] then
      missing[#missing + 1] = ('"%s" (%s)'):format(need.name, need.state)
    end
  end
  if #missing > 0 then
    return ("has not begun: it needs %s"):format(table.concat(missing, ", ", 1,
      math.min(#missing, 8))) .. (#missing > 8 and (" and %d more"):format(#missing - 8) or "")
  end
  return "is ready: it waits for a slot"
    .. (facts.pool and (', or for room in pool "%s"'):format(facts.pool) or "")
end

---Why a step is as it is: its state, then what became of each attempt.
---@param facts neap.WhyStep
---@param opts neap.WhyOpts
---@return string[]
function M.step(facts, opts)
  local row = facts.row
  if not row then
    return { ("%s %s."):format(facts.key, not_begun(facts)) }
  end
  local state = OVER[facts.run.state] and not OVER[row.state]
    and ("was still %s when the run ended"):format(row.state)
    or sentence.state(row, opts, facts.because)
  local lines = { ("%s %s."):format(facts.key, state) }
  if row.interruptions and row.interruptions > 0 then
    lines[#lines + 1] = ("  interrupted %d times in a row; five are free"):format(
      row.interruptions)
  end
  local ends = facts.ends or {}
  if #ends > 1 or ends[1] and ends[1].state ~= "completed" then
    for _, data in ipairs(ends) do
      lines[#lines + 1] = "  " .. sentence.ending(data, opts)
    end
  end
  if opts.orphan and not OVER[row.state] then
    lines[#lines + 1] = "  " .. sentence.orphan(opts.run)
  end
  return lines
end

local NEXT = {
  pending = "A process has yet to begin it.",
  running = "It runs.",
  waiting = "It waits; nothing of it runs.",
  completed = "It completed.",
  cancelled = "A person cancelled it.",
}

local SHOWN = 20

---Why a run is as it is: its end, then every step that is not simply done.
---@param run table its row, `failure` decoded
---@param steps neap.WhyStep[] in the order they began
---@param opts neap.WhyOpts
---@return string[]
function M.run(run, steps, opts)
  local following = opts.orphan and sentence.orphan(opts.run) .. "." or NEXT[run.state]
  local lines = { run.failure and ("%s %s: %s."):format(run.name, run.state,
    sentence.reason(run.failure)) or ("%s: %s"):format(run.name, following or run.state) }
  local left = 0
  for _, facts in ipairs(steps) do
    if not facts.row or facts.row.state ~= "completed" then
      if #lines <= SHOWN then
        lines[#lines + 1] = "  " .. M.step(facts, opts)[1]
      else
        left = left + 1
      end
    end
  end
  if left > 0 then
    lines[#lines + 1] = ("  … and %d more; neap why %s STEP says why for one."):format(left,
      opts.run)
  end
  return lines
end

return M
