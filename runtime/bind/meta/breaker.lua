---@meta neap.native.breaker
-- native.breaker: may a request go out, after what the last ones came to? The two-step machine of
-- sony/gobreaker v1.0.0. It reads no clock: `now` is in seconds on any clock that only goes on.
--
--   local b = neap.breaker { timeout = "30s" }
--   local token, why = b:allow(now)
--   if token then b:done(token, request(), later) end
--
-- Closed, it lets all out. It opens at `consecutive_failures`, or when a rate over the sliding
-- window is reached. Open, it refuses with "open"; once more than `timeout` has passed, the next
-- look finds it half-open. Half-open, `max_requests` probes go out, the rest are refused with
-- "too_many"; when all of them have succeeded it closes, and at one failure it opens again. Each
-- change clears the counts and makes older tokens void: their results are ignored.

---@class native.breaker
local breaker = {}

---@class (exact) neap.BreakerOpts
---@field consecutive_failures? number 5 if absent; 0 is as 1, math.huge never
---@field timeout? number|string how long it stays open; "30s" if absent, and 0 or less is "60s"
---@field max_requests? number half-open: sent, and needed; 3 if absent, and 0 is as 1
---@field interval? number|string closed: how often counts are cleared; never if absent or 0
---@field deadline_counts? boolean whether "deadline" is a failure (true) or as "cancelled" (false)
---@field failure_rate? number opens at this share of failures, 0 to 1; not looked at if absent or 0
---@field slow_rate? number opens at this share of slow calls; not looked at if absent or 0
---@field slow_call? number|string a call that took longer is slow; "60s" if absent
---@field minimum_requests? number results in the window before a rate counts; 10 if absent
---@field window? number|string its length, slid in steps of 1/60; "60s" if absent

---A closed breaker; its first interval begins at 0 of the clock. Raises on a wrong option.
---@param opts? neap.BreakerOpts
---@return neap.Breaker
function breaker.new(opts) end

---@class neap.Breaker
local b = {}

---A token for one request, or nil and why not.
---@param now number
---@return number? token
---@return "open"|"too_many"? why
function b:allow(now) end

---Report how the request of `token` ended. A "cancelled" one counts as never made and gives its
---place back. A token says in which generation its request began, not which request it was: one
---that is reported twice counts twice.
---@param token number
---@param ok boolean|"cancelled"|"deadline"
---@param now number
---@param duration? number seconds it took; needed for `slow_rate` only
function b:done(token, ok, now, duration) end

---@param now number
---@return "closed"|"open"|"half-open"
function b:state(now) end

---The counts since the last change of state, or the last end of an interval.
---@param now number
---@return number requests
---@return number successes
---@return number failures
---@return number consecutive_successes
---@return number consecutive_failures
function b:counts(now) end

return breaker
