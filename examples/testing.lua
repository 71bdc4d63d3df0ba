-- A script under test: neap lua testing.lua (or the same calls in a spec of busted). Time is
-- virtual, processes are scripted, the store is in memory; all the rest is what runs for real.
local testing = require "neap.testing"

local function rollout(w, host)
  local before = w:now()
  w:run { "deploy", host }
  w:sleep("soak", "24h")
  return { hours = math.floor((w:now() - before) / 3600 + 0.5) }
end

local world = testing.world()
world.loop:script("deploy", { stdout = "deployed\n", after = 3600 })

world:crash_at(4) -- neap dies when the fourth event from here is on disk
print(world:run(rollout, { args = { "web1" } }).state)

local outcome = world:run(rollout, { args = { "web1" } })
print(outcome.how, outcome.state, outcome.result.hours)
print(#world.loop:spawned(), world:count(outcome.run, "attempt.ended", "deploy"))

--[[
$ neap lua testing.lua
crashed
continued	completed	25
2	2
]]
