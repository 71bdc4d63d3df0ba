-- cleanup: what a function registered to be done when it fails or is cancelled. Each is a step of
-- its scope, so that it is done once whatever comes between.

local failure = require("neap.run.failure")
local workflow = require("neap.run.workflow")

local M = {}

---The outcome of one clean-up, on record.
local function record(run, key, ok, value, fn)
  local found = not ok and failure.of(value) or nil
  run:record({ events = { { type = "attempt.ended", step = key, attempt = 1, data = {
    kind = "cleanup", generation = 1, state = ok and "completed" or "failed",
    reason = ok and "normal" or failure.tag(found),
    failure = found and failure.plain(found) } } } }, fn)
end

---Run the clean-ups from the i-th on down.
local function from(w, i, done)
  local run, fn, key = w._run, w.cleanups[i], w.prefix .. "cleanup#" .. i
  if not fn then
    return done()
  elseif run:meet(key, "cleanup") then
    return from(w, i - 1, done)
  end
  local inner = workflow.new(run, key .. "/", w.clock)
  inner.context, inner.cleaning = w.context, true
  inner:spawn(fn, function(ok, value)
    record(run, key, ok, value, function()
      from(w, i - 1, done)
    end)
  end)
end

---Run the clean-ups of `w`, last first; an error in one does not stop the others.
---@param w neap.Workflow
---@param done fun()
function M.all(w, done)
  from(w, #w.cleanups, done)
end

return M
