---@meta neap.native.backoff
-- native.backoff: how long to wait before the next attempt. The machine of cenkalti/backoff
-- v4.3.0, with more jitters, a seed, and a cap that holds for the delay itself. It reads no clock.
--
--   local b = neap.backoff { initial = "100ms", max = "10s", attempts = 5 }
--   local delay, stop = b:next(elapsed)
--
-- The interval begins at `initial` and is multiplied after each delay, up to `max`. Jitters, where
-- d is the interval: "proportional" uniform in d·(1 ± factor); "none" d; "equal" d/2 and a random
-- half; "full" anything up to d; "decorrelated" from `initial` to three times the last delay
-- (`multiplier` plays no part). None is ever above `max`.

---@class native.backoff
local backoff = {}

---@class (exact) neap.BackoffOpts
---@field initial? number|string the first interval; "500ms" if absent
---@field max? number|string the cap; "60s" if absent, and 0 never waits
---@field multiplier? number 1.5 if absent
---@field jitter? "proportional"|"none"|"equal"|"full"|"decorrelated" "proportional" if absent
---@field factor? number of "proportional", 0 to 1; 0.5 if absent, and 0 draws nothing
---@field max_elapsed? number|string "15m" if absent, and 0 never stops
---@field attempts? number at most so many, the current one included; no bound if absent
---@field seed? number whole, 0 or more: fixes all jitter; the system's choice if absent

---A backoff before its first delay. Raises on a wrong option.
---@param opts? neap.BackoffOpts
---@return neap.Backoff
function backoff.new(opts) end

---@class neap.Backoff
local b = {}

---The seconds to wait, now that the current attempt has failed; or nil, "stop" when the attempts
---are spent or `elapsed` and the delay together would be more than `max_elapsed`.
---@param elapsed? number seconds since the first attempt began; 0 if absent
---@return number? delay
---@return "stop"? why
function b:next(elapsed) end

---Begin again at `initial` and the first attempt. The jitter goes on, so no two rounds are alike.
function b:reset() end

return backoff
