-- What every store does. Run by spec/io/store_spec.lua and spec/sim/store_spec.lua.
-- A kind is { loop = fun(), open = fun(loop): store, again = fun(store, loop): store } where
-- `again` opens what was written once more. `busted` is the environment of the spec.
local guard = require "spec.support.guard"
local native = require "neap.native"
local world = require "spec.support.store"

return function(kind, busted)
  setfenv(1, busted)
  local loop, store

  before_each(function()
    loop = guard.loop(kind.loop())
    store = world.define(assert(kind.open(loop)))
  end)
  after_each(function()
    assert(store:close(guard.once()))
    loop:run()
  end)

  local function commit(item)
    return world.commit(loop, store, item)
  end
  local function one(sql, params)
    return world.one(store, sql, params)
  end

  describe("events", function()
    it("are dense in their stream and ordered in the store", function()
      for i = 1, 5 do
        local ack = commit { run = "a", events = { { type = "x" }, { type = "y" } } }
        assert.same({ seq = 3 * i - 2, n = 2 * i - 1 }, ack)
        assert.same({ seq = 3 * i, n = i }, commit { run = "b", events = { { type = "x" } } })
      end
    end)

    it("are acknowledged in the order they were handed over", function()
      local seen = {}
      for i = 1, 3000 do
        store:commit({ run = "r" .. i % 7, events = { { type = "x" } } }, function(ack)
          seen[#seen + 1] = ack.seq
        end)
      end
      loop:run()
      for i = 1, 3000 do
        assert.equal(i, seen[i])
      end
    end)

    it("come back as they were written", function()
      local json = native.json
      commit {
        run = "a", fence = nil, at = 1700000000123, events = { {
          type = "x", version = 2, step = "build/dev[shard=2]", attempt = 3, actor = "me",
          cause = 1, command = "c", data = { list = json.array {}, n = 0.1, s = "\0é" },
        } },
      }
      local event = store:events { run = "a" }[1]
      assert.same({ "\0é", 0.1 }, { event.data.s, event.data.n })
      assert.equal("[]", json.encode(event.data.list))
      event.data = nil
      assert.same({
        seq = 1, run = "a", n = 1, type = "x", version = 2, at = 1700000000123, attempt = 3,
        step = "build/dev[shard=2]", actor = "me", cause = 1, command = "c",
      }, event)
    end)

    it("are read from a cursor, by stream or all", function()
      for i = 1, 6 do
        commit { run = i % 2 == 0 and "even" or "odd", events = { { type = "x" } } }
      end
      local function seqs(options)
        local out = {}
        for i, event in ipairs(store:events(options)) do
          out[i] = event.seq
        end
        return out
      end
      assert.same({ 1, 2, 3, 4, 5, 6 }, seqs())
      assert.same({ 3, 4 }, seqs { after = 2, limit = 2 })
      assert.same({ 4, 6 }, seqs { run = "even", after = 2 })
      assert.same({}, seqs { run = "none" })
    end)
  end)

  describe("a commit", function()
    it("changes its projections with its events", function()
      commit { run = "a", events = { { type = "run.created", data = { name = "N" } } } }
      commit { run = "a", events = { { type = "step.done" }, { type = "step.done" } } }
      assert.same({ id = "a", name = "N", steps = 2, last = 3 }, one "SELECT * FROM run")
    end)

    it("is whole or nothing when a projection refuses", function()
      commit { run = "a", events = { { type = "run.created" } } }
      local _, err = commit {
        run = "a", writes = { { "count", { name = "w" } } },
        guards = { { "count", { name = "g" } } },
        events = { { type = "step.done" }, { type = "run.created" } },
      }
      assert.equal("conflict", err.code)
      assert.equal(0, one "SELECT count(*) n FROM counter".n)
      assert.equal(0, one "SELECT steps FROM run".steps)
      assert.same({ seq = 2, n = 2 }, commit { run = "a", events = { { type = "step.done" } } })
    end)

    it("fails alone, whatever the others of its group do", function()
      math.randomseed(11)
      local expected, outcome, want = {}, {}, {}
      for i = 1, 800 do
        local run, fate = "r" .. math.random(1, 9), math.random(1, 5)
        local item = { run = run, events = { { type = "x" } } }
        item.writes = { { "count", { name = run } } }
        if fate == 1 then
          item.events[2] = { type = "verdict.missing" } -- a foreign key, after a write
        elseif fate == 2 then
          item.guards = { { "never" } }
        elseif fate == 3 then
          item.writes[2] = { "deferred" }
        else
          expected[run] = (expected[run] or 0) + 1
        end
        want[i] = fate == 2 and "guard" or (fate == 1 or fate == 3) and "conflict" or expected[run]
        store:commit(item, function(ack, err)
          outcome[i] = ack and ack.n or err.code
        end)
      end
      loop:run()
      assert.same(want, outcome)
      for run, n in pairs(expected) do
        assert.equal(n, one("SELECT n FROM counter WHERE name=?", { run }).n)
        assert.equal(n, one("SELECT count(*) n FROM event WHERE run=?", { run }).n)
      end
      assert(store:verify())
    end)

    it("may have no events, and then acknowledges without a number", function()
      assert.same({}, commit { run = "a", writes = { { "count", { name = "x" } } } })
      assert.equal(1, one "SELECT n FROM counter".n)
    end)

    it("needs no callback", function()
      assert.is_true(store:commit { run = "a", events = { { type = "x" } } })
      loop:run()
      assert.equal(1, #store:events())
    end)

    it("may hand over the next one from its callback", function()
      local n = 0
      local function go(ack)
        n = ack and ack.n or 0
        if n < 50 then
          store:commit({ run = "a", events = { { type = "x" } } }, go)
        end
      end
      go()
      loop:run()
      assert.equal(50, n)
    end)
  end)

  describe("a guard", function()
    it("that returns no row refuses, and is named", function()
      local _, err = commit { run = "a", guards = { { "exists", { id = "a" } } },
        events = { { type = "run.created" } } }
      assert.same({ "guard", "exists" }, { err.code, err.guard })
      assert.equal(0, #store:events())
    end)

    it("that returns a row lets pass", function()
      commit { run = "a", events = { { type = "run.created" } } }
      assert(commit { run = "a", guards = { { "exists", { id = "a" } } },
        events = { { type = "x" } } })
    end)

    it("that must change a row is the same for rows that are not there", function()
      local item = { run = "a", guards = { { "consume", { id = 1 } } },
        events = { { type = "x" } } }
      local _, err = commit(item)
      assert.equal("consume", err.guard)
      commit { run = "a", writes = { { "send", { run = "a", command = "k", name = "go" } } } }
      assert(commit(item))
      local _, again = commit(item)
      assert.equal("guard", again.code)
      assert.equal(1, #store:events())
    end)

    it("sees what the items before it did", function()
      local codes = {}
      for i = 1, 3 do
        store:commit({ run = "a", guards = { { "first", { name = "slot" } } },
          events = { { type = "x" } } }, function(_, err)
          codes[i] = err and err.code or "ok"
        end)
      end
      loop:run()
      assert.same({ "ok", "guard", "guard" }, codes)
    end)
  end)

  describe("a command", function()
    it("is committed once, and says where it was", function()
      local item = { run = "a", events = { { type = "x", command = "c" }, { type = "y" } } }
      assert.same({ seq = 1, n = 1 }, commit(item))
      local _, err = commit(item)
      assert.same({ "duplicate", 1 }, { err.code, err.seq })
      assert.equal(2, #store:events())
    end)

    it("is a duplicate even when its guard would refuse now", function()
      commit { run = "a", writes = { { "send", { run = "a", command = "k", name = "go" } } } }
      local item = { run = "a", guards = { { "consume", { id = 1 } } },
        events = { { type = "x", command = "c" } } }
      assert(commit(item))
      local _, err = commit(item)
      assert.equal("duplicate", err.code)
    end)

    it("is found again in its own group", function()
      local codes = {}
      for i = 1, 2 do
        store:commit({ run = "a", events = { { type = "x", command = "c" } } }, function(_, err)
          codes[i] = err and err.code or "ok"
        end)
      end
      loop:run()
      assert.same({ "ok", "duplicate" }, codes)
    end)

    it("belongs to its stream", function()
      assert(commit { run = "a", events = { { type = "x", command = "c" } } })
      assert(commit { run = "b", events = { { type = "x", command = "c" } } })
    end)
  end)

  describe("the inbox", function()
    it("takes a message once", function()
      local item = { run = "a", writes = { { "send", { run = "a", command = "k", name = "go" } } } }
      assert(commit(item))
      local _, err = commit(item)
      assert.equal("conflict", err.code)
      assert.equal(1, one "SELECT count(*) n FROM inbox".n)
    end)
  end)

  describe("a fence", function()
    local me
    before_each(function()
      me = assert(store:own())
      assert(commit { run = "a", guards = { { "lease", { run = "a", owner = me, fence = 7 } } } })
    end)

    it("lets the owner at that fence append, and is written with the event", function()
      assert(commit { run = "a", fence = 7, events = { { type = "x" } } })
      assert.equal(7, store:events()[1].fence)
    end)

    it("refuses every other number and every other run", function()
      for _, try in ipairs { { "a", 6 }, { "a", 8 }, { "b", 7 } } do
        local _, err = commit { run = try[1], fence = try[2], events = { { type = "x" } } }
        assert.same({ "guard", "fence" }, { err.code, err.guard })
      end
    end)

    it("refuses once another has taken over", function()
      commit { run = "a", writes = { { "take_over", { run = "a", owner = me + 1 } } } }
      local _, err = commit { run = "a", fence = 7, events = { { type = "x" } } }
      assert.equal("fence", err.guard)
    end)
  end)

  describe("an owner", function()
    it("has one id and is alive", function()
      local me = assert(store:own())
      assert.equal(me, store:own())
      assert.is_true(store:alive(me))
      assert.is_false(store:alive(me + 1))
      assert.equal(me, one "SELECT id FROM owner".id)
    end)

    it("is dead once its store is opened again, and its id never comes back", function()
      local me = assert(store:own())
      store = kind.again(store, loop)
      world.define(store)
      assert.is_false(store:alive(me))
      assert.is_true(store:own() > me)
    end)
  end)

  describe("a foreign key", function()
    it("refuses the item alone, at once or deferred", function()
      local intent = { type = "merge.intended", data = { tree = "t" } }
      local _, err = commit { run = "m", events = { intent } }
      assert.equal("conflict", err.code)
      assert.matches("FOREIGN KEY", err.message)
      local verdict = { type = "verdict.given", data = { tree = "t" } }
      assert(commit { run = "m", events = { verdict, intent } })
      local _, deferred = commit { run = "m", writes = { { "deferred" } } }
      assert.matches("FOREIGN KEY", deferred.message)
    end)
  end)

  describe("rebuild", function()
    it("gives the same tables, byte for byte, and leaves the others alone", function()
      math.randomseed(5)
      local types = { "run.created", "step.done", "verdict.given", "merge.intended", "x" }
      for _ = 1, 300 do
        local data = { tree = "t" .. math.random(1, 5) }
        store:commit {
          run = "r" .. math.random(1, 20), writes = { { "count", { name = "all" } } },
          events = { { type = types[math.random(#types)], data = data } },
        }
      end
      loop:run()
      local before = world.dump(store)
      assert.is_true(#before.run > 0 and #before.merge > 0)
      commit { run = "x", writes = { { "spoil" } } }
      assert.are_not.same(before, world.dump(store))
      assert(store:rebuild())
      assert.same(before, world.dump(store))
    end)

    it("happens by itself when a definition is another one", function()
      commit { run = "a", events = { { type = "run.created" }, { type = "step.done" } } }
      commit { run = "a", writes = { { "count", { name = "kept" } } } }
      store = kind.again(store, loop)
      world.define(store, function(definition)
        definition.projections["step.done"] = "UPDATE run SET steps = steps + 10 WHERE id = :run"
      end)
      assert.equal(10, one "SELECT steps FROM run".steps)
      assert.equal("kept", one "SELECT name FROM counter".name)
    end)

    it("does not happen when it is the same", function()
      commit { run = "a", events = { { type = "run.created" } } }
      commit { run = "x", writes = { { "spoil" } } }
      local spoilt = world.dump(store)
      store = kind.again(store, loop)
      world.define(store)
      assert.same(spoilt, world.dump(store))
    end)
  end)

  describe("a definition", function()
    it("of a newer neap is refused, and nothing is changed", function()
      commit { run = "a", events = { { type = "run.created" } } }
      store = kind.again(store, loop)
      world.define(store, function(definition)
        definition.schema_version = 5
      end)
      local dump = world.dump(store)
      store = kind.again(store, loop)
      local ok, err = store:define(world.definition())
      assert.same({ nil, "version" }, { ok, err.code })
      world.define(store, function(definition)
        definition.schema_version = 5
      end)
      assert.same(dump, world.dump(store))
    end)

    it("comes once", function()
      local ok, err = store:define {}
      assert.same({ nil, "invalid" }, { ok, err.code })
    end)

    it("that SQLite does not take is refused by name", function()
      for name, change in pairs {
        ['statement "bad"'] = { statements = { bad = "SELECT * FROM nowhere" } },
        ['projection of "x"'] = { projections = { x = "INSERT INTO run(id) VALUES(:nothing)" } },
        ['statement "dash"'] = { statements = { dash = "SELECT ?" } },
        ['statement "none"'] = { statements = { none = "" } },
      } do
        store = kind.again(store, loop)
        change.schema_version = 3
        local ok, err = store:define(change)
        assert.is_nil(ok)
        assert.matches(name, err.message, 1, true)
      end
      world.define(store)
    end)
  end)

  describe("a blob", function()
    local sha256 = native.sys.sha256

    it("comes back, small or large, however often it is written", function()
      for _, size in ipairs { 1, 65536, 65537, 300000 } do
        local bytes = native.sys.random_bytes(256):rep(math.ceil(size / 256)):sub(1, size)
        local hash = sha256(bytes)
        for i = 1, 2 do
          assert(commit { run = "a" .. i, blobs = { [hash] = bytes }, events = { { type = "x" } } })
        end
        assert.equal(bytes, store:blob(hash))
      end
      assert.equal(4, store:verify().blobs)
    end)

    it("that is empty is none", function()
      assert(commit { run = "a", blobs = { [sha256 ""] = "" } })
      local bytes, err = store:blob(sha256 "")
      assert.same({ nil, "not_found" }, { bytes, err.code })
    end)

    it("with another name than its hash refuses its item alone", function()
      local _, err = commit { run = "a", blobs = { [sha256 "b"] = "a" },
        events = { { type = "x" } } }
      assert.equal("invalid", err.code)
      assert.equal(0, #store:events())
    end)
  end)

  describe("a query", function()
    it("gives numbers, texts and nil, by name or by position", function()
      local row = one("SELECT :a AS a, :b AS b, :c AS c, :d AS d, NULL AS e",
        { a = 1, b = "x\0y", c = 1.5, d = true })
      assert.same({ a = 1, b = "x\0y", c = 1.5, d = 1 }, row)
      assert.same({ x = 2 ^ 53, y = "z" }, one("SELECT ? AS x, ? AS y", { 2 ^ 53, "z" }))
    end)

    it("only reads, and is one statement", function()
      for _, sql in ipairs { "DELETE FROM event", "SELECT 1; SELECT 2", "", "SELEC" } do
        local rows, err = store:query(sql)
        assert.same({ nil, "invalid" }, { rows, err.code })
      end
      assert.same({ { ["1"] = 1 } }, store:query "SELECT 1 ; \n")
    end)

    it("names the parameter that does not fit", function()
      assert.error_matches(function()
        store:query("SELECT :a", { b = 1 })
      end, 'parameter "b"')
      assert.error_matches(function()
        store:query("SELECT :a", { a = {} })
      end, 'parameter "a"')
      assert(store:query("SELECT :a", { a = 1 }))
    end)
  end)

  describe("a mistake in an item", function()
    local function refused(item, message)
      assert.error_matches(function()
        store:commit(item)
      end, message, 1, true)
    end

    it("raises and says where", function()
      refused({}, "item.run: expected a string")
      refused({ run = "a", event = {} }, 'item: unknown option "event" (did you mean "events"?)')
      refused({ run = "a", events = { {} } }, "item.events[1].type: expected a string")
      refused({ run = "a", events = { { type = "x" }, { type = "x", data = { f = print } } } },
        "item.events[2].data.f: ")
      refused({ run = "a", guards = { { "nowhere" } } }, 'no statement "nowhere"')
      refused({ run = "a", guards = { "never" } }, "a guard is { name, parameters }")
      refused({ run = "a", writes = { { "count", { nome = 1 } } } }, 'no parameter "nome"')
      refused({ run = "a", writes = { { "count", { name = {} } } } }, 'parameter "name": expected')
      refused({ run = "a", blobs = { x = "y" } }, "item.blobs")
    end)

    it("leaves the store as it was", function()
      refused({ run = "a", events = { { type = "x" }, {} } }, "type")
      assert.same({ seq = 1, n = 1 }, commit { run = "a", events = { { type = "x" } } })
    end)
  end)

  it("tells who listens that something was committed", function()
    local woken = { 0, 0 }
    for i = 1, 2 do
      store:on_wake(function()
        woken[i] = woken[i] + 1
      end)
    end
    commit { run = "a", events = { { type = "x" } } }
    world.wait(loop, function()
      return woken[2] > 0
    end)
    assert.is_true(woken[1] > 0 and woken[1] == woken[2])
  end)

  it("finishes what is under way before it is closed, and takes nothing after", function()
    local acks, done = 0, guard.once()
    for _ = 1, 20 do
      store:commit({ run = "a", events = { { type = "x" } } }, function()
        acks = acks + 1
      end)
    end
    local closing = store
    closing:close(function()
      assert.equal(20, acks)
      done()
    end)
    local ok, err = closing:commit { run = "a" }
    assert.same({ nil, "invalid" }, { ok, err.code })
    loop:run()
    assert.error_matches(function()
      closing:commit { run = "a" }
    end, "closed")
    store = world.define(assert(kind.open(loop)))
  end)

  it("does not outlive its loop", function()
    local other = guard.loop(kind.loop())
    local lost = world.define(assert(kind.open(other)))
    lost:commit({ run = "a", events = { { type = "x" } } }, guard.never())
    other:close()
    local ok, err = lost:commit { run = "a" }
    assert.same({ nil, "invalid" }, { ok, err.code })
    assert.is_nil((lost:query "SELECT 1"))
  end)
end
