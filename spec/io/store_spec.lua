local conformance = require "spec.conformance.store"
local guard = require "spec.support.guard"
local native = require "neap.native"
local world = require "spec.support.store"

local sys = native.sys
local NEAP = os.getenv "NEAP" or sys.exe()
local EVENT = { run = "a", events = { { type = "x", data = { text = "PAYLOAD" } } } }

local dirs, mounts = {}, {}
local function new_dir()
  local dir = os.tmpname()
  os.remove(dir)
  dirs[#dirs + 1] = dir
  return dir
end

local function sh(line, ...)
  assert(os.execute(line:format(...)) == 0, line)
end

local function remove_dirs()
  for _, dir in ipairs(mounts) do
    sh("umount %s", dir)
  end
  for _, dir in ipairs(dirs) do
    assert(sys.remove_tree(dir))
  end
  dirs, mounts = {}, {}
end

local function close(store, loop)
  assert(store:close(guard.once()))
  loop:run()
end

local kind = {
  loop = native.loop.new,
  open = function(loop)
    return native.store.open(loop, { path = new_dir() })
  end,
  again = function(store, loop)
    local dir = store:path()
    close(store, loop)
    return assert(native.store.open(loop, { path = dir }))
  end,
}

---A closed store with some events in it.
local function written_store(loop)
  local dir = new_dir()
  local store = world.define(assert(native.store.open(loop, { path = dir })))
  for _ = 1, 5 do
    assert(world.commit(loop, store, EVENT))
  end
  close(store, loop)
  return dir
end

---Every file below `dir`: path -> hash.
local function contents(dir, out)
  out = out or {}
  for _, name in ipairs(assert(sys.list(dir))) do
    local path = dir .. "/" .. name
    if sys.stat(path).type == "directory" then
      contents(path, out)
    else
      out[path] = sys.sha256(assert(sys.read(path)))
    end
  end
  return out
end

local function patch(path, at, bytes)
  local text = assert(sys.read(path))
  assert(sys.write(path, text:sub(1, at) .. bytes .. text:sub(at + #bytes + 1)))
end

describe("on a disk", function()
  guard.watch(before_each, after_each)
  after_each(remove_dirs)

  describe("the store", function()
    conformance(kind, getfenv())
  end)

  describe("opening", function()
    local loop
    before_each(function()
      loop = guard.loop(native.loop.new())
    end)

    local function refused(dir, code, options)
      local before = sys.exists(dir) and contents(dir)
      options = options or {}
      options.path = dir
      local store, err = native.store.open(loop, options)
      assert.is_nil(store)
      assert.equal(code, err.code)
      assert.matches(dir, err.message, 1, true)
      assert.same(before, sys.exists(dir) and contents(dir))
      return err
    end

    it("makes the directory, or says that it is not there", function()
      local dir = new_dir() .. "/a/b"
      refused(dir, "not_found", { create = false })
      refused(dir, "not_found", { read_only = true })
      close(assert(native.store.open(loop, { path = dir })), loop)
      assert.same({ "neap.db", "owners", "spool", "wake" }, sys.list(dir))
      dirs[#dirs] = dir:sub(1, -5)
    end)

    it("keeps its WAL short, however much is written", function()
      local dir = new_dir()
      local store = world.define(assert(native.store.open(loop, { path = dir })))
      local text = ("x"):rep(60000)
      for i = 1, 200 do
        assert(world.commit(loop, store,
          { run = "a" .. i, events = { { type = "x", data = { text = text } } } }))
      end
      assert.is_true(sys.stat(dir .. "/neap.db-wal").size < 6e6)
      close(store, loop)
    end)

    it("refuses a newer database before it touches it", function()
      local dir = written_store(loop)
      patch(dir .. "/neap.db", 60, "\0\0\0\99")
      local err = refused(dir, "version")
      assert.matches("newer neap", err.message)
      refused(dir, "version", { read_only = true })
    end)

    it("brings an older database up to date, and verifies it before and after", function()
      local dir = written_store(loop)
      local function verify(options)
        options.path = dir
        local store = assert(native.store.open(loop, options))
        local seen = store:verify()
        close(store, loop)
        return seen
      end
      sh("sqlite3 %s/neap.db 'DROP TABLE tip; PRAGMA user_version=1'", dir)
      assert.equal(5, verify({ read_only = true }).events)
      assert.equal(5, verify({}).events)
      sh("sqlite3 %s/neap.db 'DELETE FROM event WHERE seq=5'", dir)
      assert.is_nil(verify {})
    end)

    it("refuses what is not a database, or another program's", function()
      local dir = written_store(loop)
      patch(dir .. "/neap.db", 68, "\0\0\0\1")
      assert.matches("another program", refused(dir, "corrupt").message)
      patch(dir .. "/neap.db", 60, ("\0"):rep(12)) -- no mark at all
      local store, err = native.store.open(loop, { path = dir })
      assert.same({ nil, "corrupt" }, { store, err.code })
      assert.matches("another program", err.message)
      patch(dir .. "/neap.db", 0, "It was a dark and stormy night")
      assert.matches("not a database", refused(dir, "corrupt").message)
      assert(sys.write(dir .. "/neap.db", "short"))
      refused(dir, "corrupt")
    end)

    it("refuses a database that somebody emptied, and makes one that was never finished", function()
      local dir = written_store(loop)
      assert(sys.write(dir .. "/neap.db", ""))
      assert.matches("it is empty, and was not", refused(dir, "corrupt").message)
      refused(dir, "corrupt", { read_only = true })
      sys.remove(dir .. "/wake") -- the last thing that is made
      close(assert(native.store.open(loop, { path = dir })), loop)
    end)

    it("refuses a database whose pages are damaged", function()
      local dir = written_store(loop)
      patch(dir .. "/neap.db", 100, ("\255"):rep(400))
      local store, err = native.store.open(loop, { path = dir })
      assert.same({ nil, "corrupt" }, { store, err.code })
      assert.matches(dir, err.message, 1, true)
    end)

    it("refuses a path that is a file", function()
      local dir = new_dir()
      assert(sys.write(dir, "x"))
      local store, err = native.store.open(loop, { path = dir })
      assert.is_nil(store)
      assert.matches(dir, err.message, 1, true)
    end)

    it("takes an empty file for a store that was never written", function()
      local dir = new_dir()
      assert(sys.mkdir_p(dir))
      assert(sys.write(dir .. "/neap.db", ""))
      close(world.define(assert(native.store.open(loop, { path = dir }))), loop)
    end)

    it("for reading reads, and writes nothing", function()
      local dir = written_store(loop)
      local before = sys.read(dir .. "/neap.db")
      local store = world.define(assert(native.store.open(loop, { path = dir, read_only = true })))
      assert.equal(5, #store:events())
      assert(store:verify())
      for _, verb in ipairs { "own", "rebuild" } do
        local ok, err = store[verb](store)
        assert.same({ nil, "read_only" }, { ok, err.code })
      end
      local ok, err = store:commit(EVENT)
      assert.same({ nil, "read_only" }, { ok, err.code })
      close(store, loop)
      assert.is_true(before == sys.read(dir .. "/neap.db"))
    end)

    it("a second time sees the first, as another process would", function()
      local dir = new_dir()
      local a = world.define(assert(native.store.open(loop, { path = dir })))
      local b = world.define(assert(native.store.open(loop, { path = dir })))
      for i = 1, 10 do
        assert.equal(2 * i - 1, world.commit(loop, a, EVENT).n)
        assert.equal(2 * i, world.commit(loop, b, EVENT).n)
      end
      local mine, yours = a:own(), b:own()
      assert.is_true(a:alive(yours) and b:alive(mine))
      close(b, loop)
      assert.is_false(a:alive(yours))
      assert(a:verify())
      close(a, loop)
    end)
  end)

  describe("verify", function()
    local loop, dir
    before_each(function()
      loop = guard.loop(native.loop.new())
      dir = written_store(loop)
    end)

    local function verify()
      local store = assert(native.store.open(loop, { path = dir, read_only = true }))
      local seen, err = store:verify()
      close(store, loop)
      return seen, err
    end

    it("counts what is right", function()
      assert.same({ events = 5, streams = 1, blobs = 0 }, verify())
    end)

    it("finds every flipped bit of an event", function()
      local file = dir .. "/neap.db"
      local text = assert(sys.read(file))
      local at = assert(text:find("PAYLOAD", 1, true)) - 1
      for offset = 0, 6 do
        for bit = 0, 7 do
          local byte = text:byte(at + offset + 1)
          local flipped = math.floor(byte / 2 ^ bit) % 2 == 1 and byte - 2 ^ bit or byte + 2 ^ bit
          patch(file, at + offset, string.char(flipped))
          local seen, err = verify()
          assert.is_nil(seen)
          assert.equal("corrupt", err.code)
          assert.equal("a", err.stream)
          assert.equal(err.n, err.seq)
        end
        assert(sys.write(file, text))
      end
      assert(verify())
    end)

    ---Delete events as a hand would, then commit `after` as if nothing were.
    local function lose(where, after)
      local store = world.define(assert(native.store.open(loop, { path = dir })), function(d)
        d.statements.lose = "DELETE FROM event WHERE " .. where
      end)
      assert(world.commit(loop, store, { run = "b", events = { { type = "x" } } }))
      assert(world.commit(loop, store, { run = "a", writes = { { "lose" } } }))
      for _, run in ipairs(after) do
        assert(world.commit(loop, store, { run = run, events = { { type = "x" } } }))
      end
      close(store, loop)
      local seen, err = verify()
      assert.same({ nil, "corrupt" }, { seen, err.code })
      return err
    end

    for _, case in ipairs {
      { "the last of its stream", "run = 'a' AND n = 5" },
      { "the last of the store", "seq = 6" },
      { "the first of the store", "seq = 1" },
      { "with its whole stream", "run = 'a'" },
      { "with all others", "1" },
    } do
      for _, after in ipairs { {}, { "b" }, { "a", "b", "c" } } do
        it(("finds an event that is gone, %s, after %d more"):format(case[1], #after), function()
          assert.matches("missing", lose(case[2], after).message)
        end)
      end
    end

    it("finds a last event that is another", function()
      local store = world.define(assert(native.store.open(loop, { path = dir })))
      assert(world.commit(loop, store, { run = "b", events = { { type = "x" } } }))
      close(store, loop)
      local other = new_dir()
      store = world.define(assert(native.store.open(loop, { path = other })))
      for _ = 1, 5 do
        assert(world.commit(loop, store, EVENT))
      end
      assert(world.commit(loop, store, { run = "b", events = { { type = "y" } } }))
      close(store, loop)
      sh("sqlite3 %s/neap.db \"ATTACH '%s/neap.db' AS o; DELETE FROM event WHERE seq = 6; "
        .. "INSERT INTO event SELECT * FROM o.event WHERE seq = 6\"", dir, other)
      local seen, err = verify()
      assert.same({ nil, "corrupt", "b", 1, 6 }, { seen, err.code, err.stream, err.n, err.seq })
    end)

    it("finds a large blob that is another, or gone", function()
      local bytes = ("blob"):rep(50000)
      local hash = sys.sha256(bytes)
      local store = world.define(assert(native.store.open(loop, { path = dir })))
      assert(world.commit(loop, store, { run = "a", blobs = { [hash] = bytes } }))
      close(store, loop)
      local file = ("%s/blobs/%s/%s"):format(dir, hash:sub(1, 2), hash)
      assert.equal(bytes, sys.read(file))
      assert.equal(1, verify().blobs)
      assert(sys.write(file, "x" .. bytes:sub(2)))
      local _, err = verify()
      assert.same({ "corrupt", true }, { err.code, err.message:find(hash, 1, true) ~= nil })
      assert(sys.remove(file))
      assert.equal("corrupt", select(2, verify()).code)
    end)
  end)

  -- A file system of its own for a store; nil when we may not mount.
  local function mounted(options)
    local dir = new_dir()
    assert(sys.mkdir_p(dir))
    if os.execute(("mount -t tmpfs -o %s none %s 2>/dev/null"):format(options, dir)) ~= 0 then
      pending "needs the right to mount"
    end
    mounts[#mounts + 1] = dir
    return dir
  end

  it("a full disk is a clean error, loses nothing, and passes #slow", function()
    local loop, dir = guard.loop(native.loop.new()), mounted "size=1m"
    local store = world.define(assert(native.store.open(loop, { path = dir .. "/s" })))
    local good, err = 0, nil
    local item = { run = "a", events = { { type = "x", data = { text = ("."):rep(20000) } } } }
    while not err do
      local ack, failure = world.commit(loop, store, item)
      good, err = good + (ack and 1 or 0), failure
    end
    assert.equal("no_space", err.code)
    assert.is_true(good > 5)
    assert.equal(good, #store:events())
    assert.equal("no_space", select(2, world.commit(loop, store, item)).code)
    sh("mount -o remount,size=8m %s", dir)
    assert.equal(good + 1, world.commit(loop, store, item).n)
    assert(store:verify())
    close(store, loop)
  end)

  it("opening on a full disk says so #slow", function()
    local loop, dir = guard.loop(native.loop.new()), mounted "size=64k"
    local store, err = native.store.open(loop, { path = dir .. "/s" })
    assert.same({ nil, "no_space" }, { store, err.code })
  end)

  it("a read-only directory is refused for writing and read all the same #slow", function()
    local loop, dir = guard.loop(native.loop.new()), mounted "size=4m"
    local path = dir .. "/a?b%20#c"
    local store = world.define(assert(native.store.open(loop, { path = path })))
    assert(world.commit(loop, store, EVENT))
    close(store, loop)
    sh("mount -o remount,ro %s", dir)
    local refused, err = native.store.open(loop, { path = path })
    assert.same({ nil, "read_only" }, { refused, err.code })
    refused, err = native.store.open(loop, { path = dir .. "/new" })
    assert.same({ nil, "read_only" }, { refused, err.code })
    store = world.define(assert(native.store.open(loop, { path = path, read_only = true })))
    assert.equal(1, #store:events())
    close(store, loop)
  end)

  it("backup makes a store that is the same", function()
    local loop = guard.loop(native.loop.new())
    local store = world.define(assert(native.store.open(loop, { path = new_dir() })))
    local bytes = ("blob"):rep(50000)
    local hash = sys.sha256(bytes)
    world.commit(loop, store, { run = "a", blobs = { [hash] = bytes },
      events = { { type = "run.created" } } })
    local dir = new_dir()
    assert(store:backup(dir))
    local _, err = store:backup(dir)
    assert.equal("exists", err.code)
    local copy = world.define(assert(native.store.open(loop, { path = dir })))
    assert.same(world.dump(store), world.dump(copy))
    assert.equal(bytes, copy:blob(hash))
    assert.same(store:verify(), copy:verify())
    close(copy, loop)
    close(store, loop)
  end)

  describe("two processes", function()
    local loop, dir, store
    before_each(function()
      loop, dir = guard.loop(native.loop.new()), new_dir()
      store = world.define(assert(native.store.open(loop, { path = dir })))
    end)

    ---Start a child; on_line gets what it says, `facts` its end.
    local function child(on_line, ...)
      local facts = {}
      local process = assert(loop:spawn({
        argv = { NEAP, "lua", "spec/support/store_child.lua", dir, ... }, lines = true,
      }, function(event, text, stream)
        if event == "exit" then
          for key, value in pairs(text) do
            facts[key] = value
          end
        else
          on_line(text, stream)
        end
      end))
      return process, facts
    end

    it("know of each other by the kernel's lock, also after kill -9 #process", function()
      local other
      local process, facts = child(function(line)
        other = tonumber(line)
      end, "own")
      world.wait(loop, function()
        return other
      end)
      assert.is_true(store:alive(other))
      process:kill(9)
      loop:run()
      assert.equal(9, facts.signal)
      assert.is_false(store:alive(other))
      assert.is_true(store:own() > other)
      close(store, loop)
    end)

    it("append to one stream without a gap, and wake each other #process", function()
      local woken, last = 0, 0
      store:on_wake(function()
        woken = woken + 1
      end)
      local _, facts = child(function(line)
        last = math.max(last, (assert(tonumber(line), line)))
      end, "append", "200")
      local mine = 0
      local function again(ack, err)
        assert(not err, err)
        mine = ack and ack.n or 0
        if not facts.code then
          store:commit({ run = "shared", events = { { type = "x" } } }, again)
        end
      end
      again()
      loop:run()
      assert.equal(0, facts.code)
      assert.is_true(woken > 0)
      local n = world.one(store, "SELECT max(n) n, count(*) c FROM event WHERE run='shared'")
      assert.equal(n.n, n.c)
      assert.equal(n.n, math.max(mine, last))
      assert(store:verify())
      close(store, loop)
    end)

    it("lose nothing that was acknowledged when one is killed #process", function()
      local acknowledged, process = 0, nil
      for _ = 1, 3 do
        local want = acknowledged + 25
        process = child(function(line)
          acknowledged = tonumber(line)
          if acknowledged >= want then
            process:kill(9)
          end
        end, "endless")
        loop:run()
        local n = world.one(store, "SELECT max(n) n FROM event WHERE run='endless'").n
        assert.is_true(n >= acknowledged and n <= acknowledged + 20, n .. " " .. acknowledged)
        assert(store:verify())
      end
      close(store, loop)
    end)
  end)
end)
