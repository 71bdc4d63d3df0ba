-- What to do about a failure: (policy, failure, budgets, now) -> a decision.
-- Owns the counting of budgets, which are plain data kept with the step; refuses to know clocks,
-- steps and how a route is taken. Uses native.backoff for delays.

local match = require "neap.policy.match"
local native = require "neap.native"

---@class neap.RetryContext
---@field now? number wall clock, seconds
---@field seed? integer|string of the run; each step draws a series of its own from it
---@field elapsed? number seconds since the first attempt began

---@class neap.RetryDecision
---@field action "retry"|"fail"|"escalate"
---@field why "matched"|"waits"|"spent"|"elapsed"|"ceiling"|"unmatched"
---@field key? string the policy that decided; "#total" for the ceiling
---@field route? neap.Route how the retry is made
---@field delay? number seconds until the retry
---@field free? boolean the attempt costs nothing
---@field attempt? integer this attempt, counted by that policy
---@field attempts? integer what that policy allows; nil: no bound
---@field budgets table<string, integer> what to keep with the step

local M = {}

local TOTAL = "#total" -- of the ceiling; no key of a policy holds "#"

local function applies(policy, failure, tag)
  if policy.wait and not failure.reset_at then
    return false
  end
  if not policy.matchers then
    return failure.retryable ~= false
  end
  return match.any(policy.matchers, failure, tag)
end

local function choose(policies, failure)
  local tag = match.tag(failure)
  for i = 1, #policies do
    if applies(policies[i], failure, tag) then
      return policies[i]
    end
  end
end

local function count(budgets, key)
  local copy = {}
  for name, spent in pairs(budgets) do
    copy[name] = spent
  end
  copy[key] = (copy[key] or 0) + 1
  return copy, copy[key]
end

---Steps that fail together must not come back together: each has a series of its own.
local function seed_of(seed, step)
  local sum, text = 5381, seed .. "/" .. (step or "")
  for i = 1, #text do
    sum = (sum * 33 + text:byte(i)) % 2 ^ 47
  end
  return sum
end

---The n-th delay of the series of this step, or nil when it would end too late.
local function delay_of(policy, n, step, at)
  local curve = policy.backoff
  local backoff = native.backoff.new {
    initial = curve.initial, max = curve.max, multiplier = curve.multiplier, jitter = curve.jitter,
    factor = curve.factor, max_elapsed = curve.max_elapsed,
    seed = at.seed and seed_of(at.seed, step),
  }
  for _ = 1, n - 1 do
    backoff:next(0)
  end
  return (backoff:next(at.elapsed or 0))
end

local function park(policy, failure, at)
  local delay = math.max(0, failure.reset_at - (at.now or failure.reset_at))
  return policy.max and math.min(delay, policy.max) or delay
end

local function finish(policy, decision, why)
  decision.why = why
  decision.action = policy.route == "escalate" and "escalate" or "fail"
  return decision
end

---Decides. Pure: the budgets given are not changed, the new ones are in the decision.
---@param policy neap.RetryPolicy
---@param failure neap.Failure
---@param budgets? table<string, integer>
---@param at? neap.RetryContext
---@return neap.RetryDecision
function M.decide(policy, failure, budgets, at)
  budgets, at = budgets or {}, at or {}
  local chosen = choose(policy.policies, failure)
  if chosen and chosen.wait then
    return { action = "retry", why = "waits", key = chosen.key, route = chosen.retry_route,
      free = true, delay = park(chosen, failure, at), budgets = budgets }
  end
  if policy.ceiling then
    local total
    budgets, total = count(budgets, TOTAL)
    if total >= policy.ceiling then
      return { action = "fail", why = "ceiling", key = TOTAL, attempt = total,
        attempts = policy.ceiling, budgets = budgets }
    end
  end
  if not chosen then
    return { action = "fail", why = "unmatched", budgets = budgets }
  end
  local spent, n = count(budgets, chosen.key)
  local decision = { key = chosen.key, attempt = n, attempts = chosen.attempts, budgets = spent }
  if chosen.attempts and n >= chosen.attempts then
    return finish(chosen, decision, "spent")
  end
  decision.delay = delay_of(chosen, n, failure.step, at)
  if not decision.delay then
    return finish(chosen, decision, "elapsed")
  end
  decision.action, decision.why = "retry", "matched"
  decision.route = chosen.retry_route
  return decision
end

return M
