-- One retry policy: the options it may have and the value they become.
-- Owns the checks, the defaults of options and the shape that policy/decide reads. Refuses to know
-- how policies are combined.

local check = require "neap.base.check"

---@class (exact) neap.RetryOpts
---@field name? string stable name of its budget; default the sorted matchers, "*" for all
---@field attempts? integer tries in all, the current one included; default 3; no bound where
---  `max_elapsed` or `wait` is given; 1 where the route is "escalate" or "fail"
---@field initial? string|number first delay, default "1s"
---@field max? string|number no delay is longer, default "30s"
---@field multiplier? number default 2
---@field jitter? "none"|"proportional"|"equal"|"full"|"decorrelated" default "equal"
---@field factor? number of the proportional jitter, default 0.5
---@field max_elapsed? string|number no retry that would begin later than this after the start
---@field route? neap.Route default "retry_same"; "escalate" and "fail" are taken once spent
---@field wait? "reset" park until the time the failure names, at no cost; else the next policy

---@alias neap.Route "retry_same"|"retry_with_context"|"retry_different"|"escalate"|"fail"

---@class neap.RetryPolicy one matcher with one budget; several of them, compiled, decide
---@field policies neap.RetryPolicy[]
---@field attempts? integer the coarsest bound; nil when there is none
---@field ceiling? integer tries in all, whatever failed
---@field routes table<neap.Route, true> every route it may take
local Policy = {}
Policy.__index = Policy

local M = { class = Policy }

local END_ROUTES = { escalate = true, fail = true }

local function between(low, high)
  return function(value)
    if type(value) == "number" and value >= low and value <= high then
      return value
    end
    return nil, high == math.huge and ("must be a number, %g or more"):format(low)
      or ("must be a number from %g to %g"):format(low, high)
  end
end

local function budget_name(value)
  if type(value) == "string" and value ~= "" and not value:find("#", 1, true) then
    return value
  end
  return nil, "must be a name without #"
end

M.attempts = check.count

local OPTIONS = {
  name = budget_name,
  attempts = check.count,
  initial = "duration",
  max = "duration",
  multiplier = between(1, math.huge),
  jitter = { "none", "proportional", "equal", "full", "decorrelated" },
  factor = between(0, 1),
  max_elapsed = "duration",
  route = { "retry_same", "retry_with_context", "retry_different", "escalate", "fail" },
  wait = { "reset" },
}

---Is this a policy, or a list of them that was compiled?
---@param value any
---@return boolean
function M.is_policy(value)
  return type(value) == "table" and getmetatable(value) == Policy
end

---The options as given, checked.
---@param path string
---@param opts neap.RetryOpts
---@return table
function M.options(path, opts)
  return check.options(path, opts, OPTIONS)
end

---One policy of checked options.
---@param key string its budget is kept under this name
---@param matchers? neap.Matcher[] nil: every failure that may be tried again
---@param opts table
---@return neap.RetryPolicy
function M.make(key, matchers, opts)
  local tries = opts.attempts
  if not tries and not opts.max_elapsed and not opts.wait then
    tries = END_ROUTES[opts.route] and 1 or 3
  end
  local policy = setmetatable({
    key = key,
    matchers = matchers,
    attempts = tries,
    route = opts.route or "retry_same",
    retry_route = END_ROUTES[opts.route] and "retry_same" or opts.route or "retry_same",
    wait = opts.wait,
    max = opts.max,
    backoff = {
      initial = opts.initial or 1,
      max = opts.max or math.max(30, opts.initial or 0),
      multiplier = opts.multiplier or 2,
      jitter = opts.jitter or "equal",
      factor = opts.factor,
      max_elapsed = opts.max_elapsed or 0,
    },
  }, Policy)
  policy.policies = { policy }
  policy.routes = { [policy.route] = true }
  return policy
end

return M
