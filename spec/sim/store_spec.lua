local conformance = require "spec.conformance.store"
local guard = require "spec.support.guard"
local native = require "neap.native"
local world = require "spec.support.store"

local kind = {
  loop = native.sim.new,
  open = native.store.open,
  again = function(store, loop)
    return assert(store:restart(loop))
  end,
}

describe("in a simulated world", function()
  guard.watch(before_each, after_each)

  describe("the store", function()
    conformance(kind, getfenv())
  end)

  describe("a simulated crash", function()
    local loop, store
    before_each(function()
      loop = guard.loop(native.sim.new())
      store = world.define(assert(native.store.open(loop)))
    end)
    after_each(function()
      assert(store:close())
      loop:run()
    end)

    it("loses what was not committed, and nobody is called", function()
      assert(world.commit(loop, store, { run = "a", events = { { type = "x" } } }))
      store:commit({ run = "a", events = { { type = "y" } } }, guard.never())
      store = world.define(assert(store:restart()))
      loop:run()
      assert.equal(1, #store:events())
    end)

    it("may begin a new world", function()
      assert(world.commit(loop, store, { run = "a", events = { { type = "x" } } }))
      local before = loop
      loop = guard.loop(native.sim.new())
      store = world.define(assert(store:restart(loop)))
      before:close()
      local ack = world.commit(loop, store, { run = "a", events = { { type = "x" } } })
      assert.same({ seq = 2, n = 2 }, ack)
    end)

    it("is not for callbacks", function()
      store:commit({ run = "a" }, guard.once(function()
        local other, err = store:restart()
        assert.same({ nil, "invalid" }, { other, err.code })
      end))
      loop:run()
    end)
  end)

  describe("a commit that fails", function()
    local loop, store
    before_each(function()
      loop = guard.loop(native.sim.new())
      store = world.define(assert(native.store.open(loop)))
    end)
    after_each(function()
      assert(store:close())
      loop:run()
    end)

    local EVENT = { run = "a", events = { { type = "x" } } }
    local WRITE = { run = "a", writes = { { "count", { name = "n" } } } }

    it("did not happen, says why, and the next one is the first", function()
      for _, item in ipairs { EVENT, WRITE } do
        store:fail { code = "no_space" }
        local ack, err = world.commit(loop, store, item)
        assert.same({ nil, "no_space" }, { ack, err.code })
      end
      assert.equal(0, #store:events())
      assert.same({}, store:query "SELECT * FROM counter")
      assert.same({ seq = 1, n = 1 }, world.commit(loop, store, EVENT))
    end)

    it("is acknowledged when a look at the disk shows that it did happen", function()
      for _, item in ipairs { EVENT, WRITE } do
        store:fail { code = "io", landed = true }
        assert(world.commit(loop, store, item))
      end
      assert.same({ seq = 2, n = 2 }, world.commit(loop, store, EVENT))
      assert.equal(1, world.one(store, "SELECT n FROM counter").n)
      assert(store:verify())
    end)

    it("comes after as many good groups as one says", function()
      store:fail { after = 2, code = "io" }
      local codes = {}
      for i = 1, 4 do
        local _, err = world.commit(loop, store, EVENT)
        codes[i] = err and err.code or "ok"
      end
      assert.same({ "ok", "ok", "io", "ok" }, codes)
    end)

    it("fails its whole group, also those that were refused for what it had", function()
      store:fail { code = "io" }
      local codes = {}
      for i = 1, 2 do
        store:commit({ run = "a", events = { { type = "x", command = "c" } } }, function(_, err)
          codes[i] = err.code
        end)
      end
      loop:run()
      assert.same({ "io", "io" }, codes)
    end)
  end)
end)
