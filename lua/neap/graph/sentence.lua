-- sentence: one fact of the record as a sentence: the state of a step, the end of an attempt.
-- Pure. Owns the wording; which facts are told, and in what order, is graph/why's.

local duration = require "neap.base.duration"
local match = require "neap.policy.match"
local shell = require "neap.base.shell"

local M = {}

local function quoted(name)
  return ('"%s"'):format(name)
end

---"reason.detail: message"
---@param failure table
---@return string
function M.reason(failure)
  local tag = match.tag(failure)
  return failure.message and ("%s: %s"):format(tag, failure.message) or tag
end

---"at 12:00:03 (in 5s)", or "at once".
local function when(at_ms, opts)
  local left = at_ms and (at_ms - opts.now_ms) / 1000 or 0
  if left <= 0 then
    return "at once"
  end
  return ("at %s (in %s)"):format(opts.time(at_ms), duration.format(left))
end

local function since(at_ms, opts)
  return at_ms and (" since %s (%s)"):format(opts.time(at_ms),
    duration.format(math.max(0, (opts.now_ms - at_ms) / 1000))) or ""
end

---Of a run that is running on record, and whose neap was ended.
---@param run_id string
---@return string
function M.orphan(run_id)
  return "no neap runs it; go on with: neap resume " .. run_id
end

local STATES = {}

function STATES.intended(row)
  return ("attempt %d is on record and begins when a slot is free"):format(row.attempts)
end

function STATES.running(row, opts)
  if opts.orphan then
    return ("attempt %d ran when its neap ended"):format(row.attempts)
  end
  return ("attempt %d runs%s"):format(row.attempts, since(row.started_at, opts))
end

function STATES.retrying(row, opts)
  return ("attempt %d begins %s"):format(row.attempts + 1, when(row.due, opts))
end

function STATES.waiting(row, opts)
  if row.kind == "receive" then
    local about = row.args
    local text = about.question
      and ("asks %s; answer: neap signal %s %s true"):format(quoted(about.question), opts.run,
        shell.quote(about.name))
      or ("waits for the message %s; send it: neap signal %s %s '{\"ok\":true}'"):format(
        quoted(about.name), opts.run, shell.quote(about.name))
    return row.due and text .. ("; it gives up " .. when(row.due, opts)) or text
  end
  return row.due and ("sleeps and goes on " .. when(row.due, opts)) or "waits"
end

function STATES.completed(row)
  return row.attempts > 1 and ("completed at attempt %d"):format(row.attempts) or "completed"
end

function STATES.failed(row)
  return row.failure and "failed with " .. M.reason(row.failure) or "failed"
end

---What became of the node that others were skipped for.
local function fate(row)
  if row and (row.state == "failed" or row.state == "skipped") then
    return (STATES[row.state](row):gsub("^failed with", "failed:"))
  end
  return "did not complete"
end

function STATES.skipped(row, _, because)
  if row.value == "when" then
    return "was skipped: its condition said no"
  elseif not row.cause then
    return "was skipped"
  elseif row.value == "fail_fast" then
    return ("was skipped: %s failed, and it is fail_fast"):format(quoted(row.cause))
  end
  local need, end_of_cause = because and because.need, fate(because and because.root)
  if need == row.cause then
    return ("was skipped: it needs %s, which %s"):format(quoted(need), end_of_cause)
  end
  local reason = ("was skipped because %s %s"):format(quoted(row.cause), end_of_cause)
  return need and ("was skipped: it needs %s, which %s"):format(quoted(need), reason) or reason
end

---What one attempt came to, and what was decided.
---@param data table of attempt.ended, with `attempt`
---@param opts neap.WhyOpts
---@return string
function M.ending(data, opts)
  local text = ("attempt %d ended with %s"):format(data.attempt,
    data.failure and M.reason(data.failure) or data.reason)
  if data.state == "void" then
    return ("attempt %d never began, and cost nothing"):format(data.attempt)
  elseif data.state == "completed" then
    return ("attempt %d completed"):format(data.attempt)
  elseif data.reason == "killed.interrupted" then
    return ("attempt %d was interrupted, which costs nothing"):format(data.attempt)
  elseif data.state == "retrying" then
    local at = data.retry_at and " at " .. opts.time(data.retry_at) or ""
    return ("%s; the policy %s tried again%s"):format(text, quoted(data.policy or "?"), at)
  end
  if data.policy == "#total" then
    return text .. "; that was the last of all attempts"
  end
  return data.policy and ("%s; the policy %s allows no more"):format(text, quoted(data.policy))
    or text .. "; no policy is for that, so it is not tried again"
end

---The sentence of a step's state, without its name.
---@param row table
---@param opts neap.WhyOpts
---@param because? neap.WhySkipped
---@return string
function M.state(row, opts, because)
  local say = STATES[row.state]
  return say and say(row, opts, because) or row.state
end

return M
