-- Retry policies: which failures are tried again, how often, how soon, by which route.
-- Owns the values people write and their checks; what to do about a failure is policy/decide.
-- Refuses to know clocks, steps and processes.

local check = require "neap.base.check"
local decide = require "neap.policy.decide"
local err = require "neap.base.err"
local exit = require "neap.policy.exit"
local match = require "neap.policy.match"
local order = require "neap.base.order"
local policy_of = require "neap.policy.policy"

local M = {}

local function label(matchers)
  local names = {}
  for i, matcher in ipairs(matchers) do
    names[i] = type(matcher) == "string" and ("%q"):format(matcher) or "function"
  end
  return "retry.on " .. (#names == 1 and names[1] or "{ " .. table.concat(names, ", ") .. " }")
end

---A name that is nearly a reason is a slip; any other may be a code or a tag of somebody's.
local function check_names(matchers)
  for _, matcher in ipairs(matchers) do
    local head = type(matcher) == "string" and matcher:match("^[^.]*")
    local meant = head and not exit.is_reason(head) and check.nearest(head, exit.reasons)
    if meant then
      err.usage(("retry.on: there is no reason %q"):format(head),
        { help = ('did you mean "%s"?'):format(meant) })
    end
  end
end

local LIST = { [1] = true, attempts = policy_of.attempts }

---A policy for the failures that match, made by calling the result with its options.
---@param given neap.Matcher|neap.Matcher[] reasons ("network_error" covers
---  "network_error.reset"), error codes, tags, or a function of the failure
---@return fun(opts: neap.RetryOpts): neap.RetryPolicy
function M.on(given)
  local matchers, problem = match.list(given)
  if not matchers then
    err.usage("retry.on: " .. problem)
  end
  check_names(matchers)
  return function(opts)
    local path = label(matchers)
    local checked = policy_of.options(path, opts)
    local key = checked.name or match.key(matchers)
    if not key then
      err.usage(path .. ": a policy with a function needs a name, its budget is kept under it")
    end
    return policy_of.make(key, matchers, checked)
  end
end

local function catch_all(path, opts)
  local checked = policy_of.options(path, opts)
  return policy_of.make(checked.name or "*", nil, checked)
end

---A policy for every failure that may be tried again (`retryable` is not false).
---@param opts neap.RetryOpts
---@return neap.RetryPolicy
function M.otherwise(opts)
  return catch_all("retry.otherwise", opts)
end

local function refuse_twins(policies)
  local seen = {}
  for _, policy in ipairs(policies) do
    if seen[policy.key] then
      err.usage(("retry: two policies share the budget %q"):format(policy.key),
        { help = "give one of them a name" })
    end
    seen[policy.key] = true
  end
end

local function flatten(list, value, place)
  if type(value) == "function" then
    err.usage(place .. ": retry.on without its options", { help = "write retry.on \"…\" { … }" })
  end
  local policy = M.compile(value)
  if policy.ceiling then
    err.usage(place .. ": attempts in all belong to the outermost list")
  end
  for _, inner in ipairs(policy.policies) do
    list[#list + 1] = inner
  end
end

---The coarsest bound of several policies: the largest, or none.
local function bound(policies, ceiling)
  local most = 0
  for _, policy in ipairs(policies) do
    most = most and policy.attempts and math.max(most, policy.attempts)
  end
  return most and ceiling and math.min(most, ceiling) or most or ceiling
end

---The first policy that matches decides, each with a budget of its own; no match fails.
---`attempts` is the ceiling on tries in all, before everything else.
---@param given table list of policies (or of lists of them), and `attempts`
---@return neap.RetryPolicy
function M.first(given)
  local checked = check.options("retry.first", given, LIST)
  local policies, routes = {}, {}
  for i, value in ipairs(checked) do
    flatten(policies, value, ("retry.first[%d]"):format(i))
  end
  if #policies == 0 then
    err.usage("retry.first: needs at least one policy")
  end
  refuse_twins(policies)
  for _, policy in ipairs(policies) do
    routes[policy.route] = true
  end
  return setmetatable({ policies = policies, routes = routes, ceiling = checked.attempts,
    attempts = bound(policies, checked.attempts) }, policy_of.class)
end

---Routes by exit reason: `{ timeout = "retry_different", crashed = { attempts = 2 } }`. The most
---special reason is asked first.
---@param map table<string, neap.Route|neap.RetryOpts>
---@return neap.RetryPolicy
function M.on_exit(map)
  local reasons, schema = {}, {}
  for reason in pairs(map) do
    reasons[#reasons + 1] = reason
  end
  for _, reason in ipairs(exit.reasons) do
    schema[reason] = "any"
  end
  table.sort(reasons, function(a, b)
    return #a > #b or #a == #b and a < b
  end)
  local policies = {}
  for i, reason in ipairs(reasons) do
    check.options("retry.on_exit", { [reason:match("^[^.]*")] = true }, schema)
    local opts = map[reason]
    policies[i] = M.on(reason)(type(opts) == "string" and { route = opts } or opts)
  end
  return M.first(policies)
end

local function default(opts)
  return policy_of.make("*", nil, opts)
end

---What holds where nobody says otherwise.
M.defaults = {
  command = default { attempts = 1 },
  condition = default { attempts = 1 },
  step = default { attempts = 3, initial = 1, max = 30 },
  run = default { attempts = 10, initial = 1, max = 600 },
  agent = default { initial = 0.1, max = 10, multiplier = 2, jitter = "proportional",
    max_elapsed = 120 },
}

---The policy of what people write where one is wanted.
---@param value nil|integer|neap.RetryOpts|neap.RetryPolicy|table nil: the default; a number:
---  the default with so many attempts; options; a policy; a list of policies
---@param fallback? neap.RetryPolicy default `retry.defaults.step`
---@return neap.RetryPolicy
function M.compile(value, fallback)
  fallback = fallback or M.defaults.step
  if value == nil then
    return fallback
  elseif policy_of.is_policy(value) then
    return value
  elseif type(value) == "number" then
    local tries = policy_of.options("retry", { attempts = value }).attempts
    local opts = { attempts = tries }
    for _, name in ipairs { "initial", "max", "multiplier", "jitter", "factor" } do
      opts[name] = fallback.policies[1].backoff[name]
    end
    return policy_of.make("*", nil, opts)
  elseif type(value) == "table" and value[1] ~= nil then
    return M.first(value)
  elseif type(value) ~= "table" then
    err.usage(("retry: must be a number of attempts, options or a policy, not a %s"):format(
      type(value)))
  end
  return catch_all("retry", value)
end

---The policy of options `attempts` and `retry`: attempts beside a policy are its ceiling.
---@param given nil|integer|neap.RetryOpts|neap.RetryPolicy|table
---@param attempts? integer
---@param fallback neap.RetryPolicy
---@return neap.RetryPolicy
function M.combine(given, attempts, fallback)
  local policy = M.compile(given == nil and attempts or given, fallback)
  if given ~= nil and attempts then
    policy = M.first { policy, attempts = attempts }
  end
  return policy
end

local NEEDS = { retry_different = "another agent", retry_with_context = "a prompt" }

---A route that only an agent can take, and what it needs; nil when there is none.
---@param policy neap.RetryPolicy
---@return string? route
---@return string? needs
function M.agents_route(policy)
  for route in order.sorted_pairs(policy.routes) do
    if NEEDS[route] then
      return route, NEEDS[route]
    end
  end
end

M.decide = decide.decide

return M
