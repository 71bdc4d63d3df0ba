-- What the error texts of agent tools and model providers mean.
-- Owns the table from text to reason; refuses to look at model prose or tool output (its callers
-- hand it error fields and standard error only). Uses nothing.
local M = {}

-- Lower case Lua patterns, first hit wins. Money precedes rate limits: providers send "quota
-- exceeded" with status 429.
---@type { [1]: string, [2]: string }[]
M.patterns = {
  { "credit balance is too low", "budget_exceeded.quota" },
  { "quota exceeded", "budget_exceeded.quota" },
  { "exceeded your current quota", "budget_exceeded.quota" },
  { "insufficient_quota", "budget_exceeded.quota" },
  { "billing_error", "budget_exceeded.quota" },
  { "usage limit", "budget_exceeded.quota" },
  { "prompt is too long", "crashed.context_overflow" },
  { "context window", "crashed.context_overflow" },
  { "context_length", "crashed.context_overflow" },
  { "output token maximum", "crashed.output_limit" },
  { "max_output_tokens", "crashed.output_limit" },
  { "%f[%w]401%f[%W]", "crashed.auth" },
  { "authentication_failed", "crashed.auth" },
  { "unauthenticated", "crashed.auth" },
  { "not logged in", "crashed.auth" },
  { "invalid.?.?.?.?api.?key", "crashed.auth" },
  { "incorrect api key", "crashed.auth" },
  { "missing environment variable", "crashed.auth" },
  { "%f[%w]404%f[%W]", "crashed.model_not_found" },
  { "model.*does not exist", "crashed.model_not_found" },
  { "model.*not found", "crashed.model_not_found" },
  { "issue with the selected model", "crashed.model_not_found" },
  { "%f[%w]429%f[%W]", "network_error.rate_limit" },
  { "rate.?limit", "network_error.rate_limit" },
  { "resource.?has.?been.?exhausted", "network_error.rate_limit" },
  { "%f[%w]529%f[%W]", "network_error.overloaded" },
  { "%f[%w]503%f[%W]", "network_error.overloaded" },
  { "overloaded", "network_error.overloaded" },
  { "at capacity", "network_error.overloaded" },
  { "%f[%w]50%d%f[%W]", "network_error.server_error" },
  { "server had an error", "network_error.server_error" },
  { "bad gateway", "network_error.server_error" },
  { "failed to parse json", "network_error.bad_response" },
  { "unexpected end of json", "network_error.bad_response" },
  { "econnreset", "network_error.connection" },
  { "econnrefused", "network_error.connection" },
  { "unable to connect", "network_error.connection" },
  { "connection error", "network_error.connection" },
  { "fetch failed", "network_error.connection" },
  { "stream disconnected", "network_error.connection" },
  { "network error", "network_error.connection" },
  { "timed out", "network_error.connection" },
  { "unknown option", "crashed.usage" },
  { "unexpected argument", "crashed.usage" },
  { "unknown argument", "crashed.usage" },
  { "no conversation found", "crashed.session_not_found" },
  { "session not found", "crashed.session_not_found" },
}

local STATUS = {
  [400] = "crashed.bad_request",
  [401] = "crashed.auth",
  [402] = "budget_exceeded.quota",
  [403] = "crashed.auth",
  [404] = "crashed.model_not_found",
  [408] = "network_error.connection",
  [413] = "crashed.context_overflow",
  [429] = "network_error.rate_limit",
  [503] = "network_error.overloaded",
  [529] = "network_error.overloaded",
}

---The reason an error text speaks of.
---@param text string
---@return string? reason "network_error.rate_limit", or nil when the table does not know the text
function M.of_text(text)
  local lower = text:lower()
  for _, row in ipairs(M.patterns) do
    if lower:find(row[1]) then
      return row[2]
    end
  end
end

---The reason an HTTP status speaks of.
---@param status integer
---@return string?
function M.of_status(status)
  return STATUS[status] or (status >= 500 and status < 600 and "network_error.server_error" or nil)
end

return M
