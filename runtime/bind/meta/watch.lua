---@meta neap.native.watch
-- native.watch: is an attempt hung? It reads no clock and sets no timer: `now` is in seconds on any
-- clock that only goes on, and `ask` says when to ask again.
--
--   local w = watch.new({ wall = "10m", silence = "90s" }, now)
--   w:progress(later)
--   local verdict, deadline = w:ask(later)
--
-- Of several limits the one that passed first is the verdict; a limit is passed at its deadline,
-- not after it. Progress moves deadlines only away: whoever sleeps until a deadline that is past
-- asks once more, and need not be woken at every sign of progress.

---@class native.watch
local watch = {}

---@class (exact) neap.WatchOpts 0 is no limit
---@field wall? number|string from the start; none if absent
---@field silence? number|string since the last progress; none if absent
---@field permission? number|string since a request that nobody answers; "10s" if absent
---@field linger? number|string since its last word; "5s" if absent
---@field deadline? number not later than this, on the clock of `now`; none if absent or 0

---An attempt that starts at `now`. Raises on a wrong option.
---@param opts? neap.WatchOpts
---@param now number
---@return neap.Watch
function watch.new(opts, now) end

---@class neap.Watch
local w = {}

---It got somewhere.
---@param now number
function w:progress(now) end

---It lives, but that is no progress: only the wait for a permission is over.
function w:sign() end

---It waits for a permission; a second request does not begin a new wait.
---@param now number
function w:blocked(now) end

---It told its result, and has only to go: the other limits are over.
---@param now number
function w:terminal(now) end

---It is over: fine for ever.
function w:ended() end

---The limit that is passed, nil while it is fine; and when the next one is, nil for never.
---@param now number
---@return "wall"|"silence"|"permission"|"linger"? verdict
---@return number? deadline
function w:ask(now) end

return watch, { ["neap.watch"] = w }
