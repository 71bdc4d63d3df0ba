#!/usr/bin/env -S neap run
-- A Lua step that changes the world outside: its intent is on record before it runs, and after a
-- crash it is told that it was interrupted, so that it can look before it acts again.
local neap = require "neap"

return neap.workflow "effect" (function(w)
  return w:effect("pay", { args = { invoice = 17 } }, function(attempt)
    local receipt = io.open("receipt")
    if receipt then
      local text = receipt:read "*a"
      receipt:close()
      return { receipt = text, attempt = attempt.attempt, interrupted = attempt.interrupted }
    end
    -- the mark is the same for this attempt for ever: other systems may use it as a key
    receipt = assert(io.open("receipt", "w"))
    receipt:write("paid once")
    receipt:close()
    neap.exec { sh = "kill -9 $PPID" }
  end)
end)

--[[
$ neap run effect.lua || true
run … effect (new)
start  pay
Killed
$ neap run effect.lua
…
result: {"attempt":2,"interrupted":true,"receipt":"paid once"}
$ neap why effect pay
pay completed at attempt 2.
  attempt 1 was interrupted, which costs nothing
  attempt 2 completed
]]
