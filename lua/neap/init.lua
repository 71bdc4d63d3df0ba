-- The façade: `require "neap"`. Lazy; may require anything; owns no logic.

local native = require("neap.native")

local lazy = {
  agent = function() return require("neap.agent") end,
  array = function() return native.json.array end,
  backoff = function() return native.backoff.new end,
  breaker = function() return native.breaker.new end,
  bytes = function() return native.json.bytes end,
  command = function() return require("neap.command") end,
  delay = function() return require("neap.run.await").delay end,
  exec = function() return require("neap.run.await").exec end,
  host = function() return require("neap.host.host") end,
  json = function() return require("neap.base.json") end,
  lifecycle = function() return require("neap.lifecycle") end,
  null = function() return native.json.null end,
  retry = function() return require("neap.policy.retry") end,
  task = function() return require("neap.graph.task").task end,
  version = function() return native.version end,
  workflow = function() return require("neap.host.script").workflow end,
}

local meta = {}

function meta.__index(neap, name)
  local load = lazy[name]
  if not load then
    local known = {}
    for key in pairs(lazy) do
      known[#known + 1] = key
    end
    table.sort(known)
    local check = require("neap.base.check")
    require("neap.base.err").usage(("neap has no \"%s\""):format(tostring(name)),
      { help = check.help(tostring(name), known, "fields") })
  end
  local value = load()
  rawset(neap, name, value)
  return value
end

return setmetatable({}, meta)
