#!/usr/bin/env -S neap run
-- What is tried again, how often, how soon: policies are values, the first that matches decides.
local neap = require "neap"
local retry = require "neap.retry"

local patient = retry.first {
  retry.on "timeout" { attempts = 3, initial = "20ms", jitter = "none" },
  retry.on { "crashed.not_found", "permission_blocked" } { route = "fail" },
  retry.otherwise { attempts = 2, initial = "10ms", max = "1s" },
}

return neap.workflow "retries" (function(w)
  -- a command is tried once unless something says otherwise; Lua three times
  w:run { sh = "test -e ready || { touch ready; exit 7; }", name = "second time", attempts = 2 }

  w:run { sh = "echo x >>tries; [ $(wc -l <tries) -ge 3 ] || sleep 5", name = "slow",
    timeout = "1s", retry = patient }

  local _, failure = w:try(function()
    return w:run { "no-such-program", retry = patient }
  end)
  return { attempts = failure.attempts, failure = tostring(failure) }
end)

--[[
$ neap run retries.lua
run … retries (new)
start  second time
retry  second time              … crashed.exit:7: second time exited with code 7; again in …
start  second time                     attempt 2
done   second time              …
start  slow
retry  slow                     … timeout.wall: slow ran longer than 1s; again in 20ms
start  slow                            attempt 2
retry  slow                     … timeout.wall: slow ran longer than 1s; again in 40ms
start  slow                            attempt 3
done   slow                     …
failed no-such-program          … crashed.spawn.not_found: …
completed in …: 2 steps done, 1 failed, 3 retries
…
$ neap why retries slow
slow completed at attempt 3.
  attempt 1 ended with timeout.wall: slow ran longer than 1s; the policy "timeout" tried again at …
  attempt 2 ended with timeout.wall: slow ran longer than 1s; the policy "timeout" tried again at …
  attempt 3 completed
]]
