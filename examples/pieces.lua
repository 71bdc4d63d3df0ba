-- The native pieces alone, in a plain script: neap lua pieces.lua
-- None of them reads a clock: where time matters it is an argument, in seconds.
local neap = require "neap"
local native = require "neap.native"

local backoff = neap.backoff { initial = "1s", max = "5s", multiplier = 2, jitter = "none",
  attempts = 5 }
print("backoff", backoff:next(), backoff:next(), backoff:next(), backoff:next(), backoff:next())

local breaker = neap.breaker { consecutive_failures = 2, timeout = "30s", max_requests = 1 }
for second = 1, 2 do
  breaker:done(breaker:allow(second), false, second)
end
print("breaker", breaker:state(2), select(2, breaker:allow(2)), breaker:state(33))

local dag = native.dag.new()
local names = { "fetch", "build", "test" }
for i in ipairs(names) do
  dag:add()
  if i > 1 then
    dag:need(i, i - 1)
  end
end
assert(dag:start())
local order = {}
for id in function() return dag:pop() end do
  order[#order + 1] = names[id]
  dag:done(id, "completed")
end
print("dag", table.concat(order, " "))

local pool = native.pool.new(3)
print("pool", pool:take(2), pool:take(2), pool:free())

--[[
$ neap lua pieces.lua
backoff	1	2	4	5	nil	stop
breaker	open	open	half-open
dag	fetch build test
pool	true	false	1
]]
