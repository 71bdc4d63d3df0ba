-- Boxes: what is left of a native object once its finalizer has run.
local native = require("neap.native")

describe("a box", function()
  it("is closed, not dangling, when a later finalizer still uses it", function()
    local said = {}
    do
      local proxy, pieces = newproxy(true), {}
      getmetatable(proxy).__gc = function()
        for name, use in pairs(pieces) do
          said[name] = select(2, pcall(use))
        end
      end
      -- younger than the proxy, so finalized before it
      local backoff, breaker = native.backoff.new(), native.breaker.new()
      local dag, pool, watch = native.dag.new(), native.pool.new(1), native.watch.new({}, 0)
      pieces.backoff = function() return backoff:next(0) end
      pieces.breaker = function() return breaker:state(0) end
      pieces.dag = function() return dag:add() end
      pieces.pool = function() return pool:free() end
      pieces.watch = function() return watch:ask(0) end
    end
    collectgarbage()
    collectgarbage()
    for _, name in ipairs { "backoff", "breaker", "dag", "pool", "watch" } do
      assert.equal(("neap.%s is closed"):format(name), tostring(said[name]):match("neap%..*"))
    end
  end)
end)
