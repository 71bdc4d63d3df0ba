-- Which failures a policy is for: names of reasons, error codes and tags, or a predicate.
-- Owns matchers and their stable names; refuses to know what follows from a match. Uses nothing.

---@alias neap.Matcher string|fun(failure: neap.Failure): boolean

local M = {}

---The name of what happened, as people write it: `reason.detail`.
---@param failure { reason: string?, detail: string? }
---@return string
function M.tag(failure)
  local reason = failure.reason or "unknown"
  return failure.detail and reason .. "." .. failure.detail or reason
end

---True when `tag` is `wanted` or below it: "network" covers "network.reset", not "network_error".
---@param wanted string
---@param tag string
---@return boolean
function M.covers(wanted, tag)
  if tag == wanted then
    return true
  end
  if tag:find(wanted, 1, true) ~= 1 then
    return false
  end
  local next_byte = tag:byte(#wanted + 1)
  return next_byte == 46 or next_byte == 58 -- "." or ":"
end

local function names(wanted, failure, tag)
  if M.covers(wanted, tag) or failure.code == wanted then
    return true
  end
  for _, other in ipairs(failure.tags or {}) do
    if M.covers(wanted, other) then
      return true
    end
  end
  return false
end

---Does any of the matchers hold for this failure?
---@param matchers neap.Matcher[]
---@param failure neap.Failure
---@param tag string? `M.tag(failure)`, where the caller has it already
---@return boolean
function M.any(matchers, failure, tag)
  tag = tag or M.tag(failure)
  for i = 1, #matchers do
    local matcher = matchers[i]
    if type(matcher) == "string" then
      if names(matcher, failure, tag) then
        return true
      end
    elseif matcher(failure) then
      return true
    end
  end
  return false
end

---A list of matchers from one matcher or several, or nil and what is wrong.
---@param given neap.Matcher|neap.Matcher[]
---@return neap.Matcher[]?, string? problem
function M.list(given)
  local matchers = type(given) == "table" and given or { given }
  local list = {}
  for i, matcher in ipairs(matchers) do
    if type(matcher) ~= "function" and (type(matcher) ~= "string" or matcher:find("^$")
        or matcher:find("#", 1, true)) then
      return nil, ("matcher %d must be a name or a function, not %s"):format(i,
        type(matcher) == "string" and ("%q"):format(matcher) or "a " .. type(matcher))
    end
    list[i] = matcher
  end
  if #list == 0 then
    return nil, "needs at least one reason, code, tag or function"
  end
  return list
end

---The stable name of a list of matchers, or nil when it holds a function (which has no name).
---@param matchers neap.Matcher[]
---@return string?
function M.key(matchers)
  local sorted = {}
  for i, matcher in ipairs(matchers) do
    if type(matcher) == "function" then
      return nil
    end
    sorted[i] = matcher
  end
  table.sort(sorted)
  return table.concat(sorted, ",")
end

return M
