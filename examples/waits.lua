#!/usr/bin/env -S neap run
-- Waits hold no process and no memory of the machine: deadlines and messages are on record.
local neap = require "neap"

return neap.workflow "waits" (function(w)
  w:sleep("cool down", "100ms")

  local review, why = w:receive("review", { timeout = "30s" })
  if not review then
    return w:fail("nobody reviewed it: " .. why)
  end

  local _, late = w:receive("objection", { timeout = "100ms" })
  return { by = review.by, objection = late }
end)

--[[
$ (sleep 1; neap signal waits review '{"by":"Ada"}') >/dev/null & neap run waits.lua; wait
run … waits (new)
wait   cool down                       sleeps until … (in …)
again  cool down                       its time came
wait   review                          waits for a message until … (in 30s)
again  review                          a message came
wait   objection                       waits for a message until … (in …)
again  objection                       its time came
completed in …: 0 steps done
result: {"by":"Ada","objection":"timeout"}
]]
