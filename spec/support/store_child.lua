-- Another process on a store, for specs: store_child.lua DIR VERB.
--   own: becomes an owner, says its id, and stays.
--   append N: appends N events to stream "shared", says its acknowledgments.
--   endless: appends to stream "endless" for ever, saying each n once it is acknowledged.
package.path = "./?.lua;" .. package.path
local native = require "neap.native"
local world = require "spec.support.store"

local dir, verb, count = arg[1], arg[2], tonumber(arg[3])
local loop = native.loop.new()
local store = world.define(assert(native.store.open(loop, { path = dir })))
io.stdout:setvbuf "no"

if verb == "own" then
  print(assert(store:own()))
  loop:timer(60, function() end)
elseif verb == "append" then
  for _ = 1, count do
    store:commit({ run = "shared", events = { { type = "x" } } }, function(ack)
      print(ack.n)
    end)
  end
elseif verb == "endless" then
  local function again(ack)
    if ack then
      print(ack.n)
    end
    store:commit({ run = "endless", events = { { type = "x" } } }, again)
  end
  again()
end
loop:run()
store:close()
loop:run()
loop:close()
