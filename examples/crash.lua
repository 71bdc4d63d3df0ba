#!/usr/bin/env -S neap run
-- A workflow that kills neap in its middle, once. The same command goes on from there.
local neap = require "neap"

return neap.workflow "crash" (function(w)
  local ticket = w:step("ticket", function()
    return math.random(100000, 999999) -- another number each time it is called
  end)

  w:run { sh = "test -e killed || { touch killed; sleep 0.5; kill -9 $PPID; }", name = "disaster" }

  local same = w:run { sh = "echo " .. ticket, name = "use" }
  return same.text == tostring(ticket)
end)

--[[
$ neap run crash.lua || true
run … crash (new)
done   ticket                   …
start  disaster
Killed
$ neap run crash.lua
run … crash (continued)
stop   disaster                        interrupted; it will run again, at no cost
start  disaster                        attempt 2
done   disaster                 …
start  use
done   use                      …
completed in …: 2 steps done
…
result: true
]]
