-- What every world's processes do. Run by spec/io/process_spec.lua and spec/sim/process_spec.lua.
-- A world is { loop = fun(), program = fun(loop, behaviour): argv }; behaviours are those of
-- native.sim, with times so short that a real program can follow them. `busted` is the environment
-- of the spec, which has `it` and its friends.
local guard = require "spec.support.guard"

---@return table facts, table events, table? process
local function run(loop, opts)
  local facts, events = nil, {}
  local process = assert(loop:spawn(opts, function(kind, a, b)
    assert(not facts, "an event after the exit")
    if kind == "exit" then
      facts = a
    else
      events[#events + 1] = { kind, a, b }
    end
  end))
  loop:run()
  assert(facts, "no exit")
  return facts, events, process
end

local function contents(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
    os.remove(path)
  end
  return text
end

return function(world, busted)
  setfenv(1, busted)
  local loop
  before_each(function()
    loop = guard.loop(world.loop())
  end)

  local function program(behaviour)
    return world.program(loop, behaviour)
  end

  it("gives the facts of a plain end", function()
    local facts, events, process = run(loop, { argv = program {} })
    assert.same({}, events)
    assert.is_true(facts.duration >= 0)
    facts.duration = nil
    assert.same({
      code = 0, survivors = 0,
      stdout = "", stdout_bytes = 0, stdout_tail = "", stdout_truncated = false,
      stderr = "", stderr_bytes = 0, stderr_tail = "", stderr_truncated = false,
    }, facts)
    assert.is_false(process:running())
  end)

  it("keeps both streams apart and whole", function()
    local facts = run(loop, { argv = program { stdout = "out\n\0x", stderr = "err", code = 3 } })
    assert.equal(3, facts.code)
    assert.equal("out\n\0x", facts.stdout)
    assert.equal("err", facts.stderr)
    assert.equal("err", facts.stderr_tail)
    assert.equal(6, facts.stdout_bytes)
  end)

  it("gives each line as it comes, and the last without its end", function()
    local _, events = run(loop, { lines = true, argv = program {
      stdout = "a\n\nb", lines = { { 0.01, "c" }, { 0.02, "d", 2 }, { 0.03, "e" } }, after = 0.04,
    } })
    local seen = { {}, {} }
    for _, event in ipairs(events) do
      assert.equal("line", event[1])
      table.insert(seen[event[3]], event[2])
    end
    assert.same({ { "a", "", "bc", "e" }, { "d" } }, seen)
    local _, last = run(loop, { lines = true, argv = program { stderr = "x\ny" } })
    assert.same({ { "line", "x", 2 }, { "line", "y", 2 } }, last)
  end)

  it("gives the bytes when they are asked for", function()
    local facts, events = run(loop, { output = true, argv = program { stdout = "abc" } })
    assert.same({ { "output", "abc", 1 } }, events)
    assert.equal("abc", facts.stdout)
  end)

  it("keeps the beginning and the end of what is too long", function()
    local text = ("0123456789"):rep(1000)
    local facts = run(loop, { limit = 15, tail = 7, argv = program { stdout = text } })
    assert.equal("012345678901234", facts.stdout)
    assert.equal("3456789", facts.stdout_tail)
    assert.equal(10000, facts.stdout_bytes)
    assert.is_true(facts.stdout_truncated)
    assert.is_false(facts.stderr_truncated)
    facts = run(loop, { limit = 0, tail = 0, argv = program { stdout = text } })
    assert.equal("", facts.stdout .. facts.stdout_tail)
    facts = run(loop, { limit = 4, tail = 100, argv = program { stdout = "abcdefgh" } })
    assert.equal("abcd", facts.stdout)
    assert.equal("abcdefgh", facts.stdout_tail)
  end)

  it("writes everything to a file, made at the first byte and no longer than its limit", function()
    local prefix = os.tmpname()
    os.remove(prefix)
    local facts = run(loop, { spool = prefix, spool_limit = 6, limit = 2,
      argv = program { stdout = "12345678" } })
    assert.equal("12", facts.stdout)
    assert.equal("123456", contents(prefix .. ".out"))
    assert.is_nil(contents(prefix .. ".err"))
    facts = run(loop, { spool = "/no/such/place", argv = program { stderr = "x" } })
    assert.equal("x", facts.stderr)
    assert.matches("No such file", facts.stderr_spool_error)
    assert.is_nil(facts.stdout_spool_error)
  end)

  it("says which signal ended it", function()
    local facts = run(loop, { argv = program { signal = 10 } })
    assert.equal(10, facts.signal)
    assert.is_nil(facts.code)
    assert.is_nil(facts.stopped)
  end)

  ---Start it, and call `stop` with it as soon as it says something.
  local function stopped(behaviour, opts, stop)
    local facts, process
    behaviour.stdout, behaviour.after = "so far", 60
    opts.argv, opts.output = program(behaviour), true
    process = loop:spawn(opts, guard.times(2, function(kind, f)
      if kind == "exit" then
        facts = f
      else
        stop(process)
      end
    end))
    loop:run()
    return facts
  end

  it("ends on TERM when it is stopped, and keeps the first reason", function()
    local facts = stopped({}, {}, function(process)
      process:stop "timeout"
      process:stop "another"
    end)
    assert.equal("timeout", facts.stopped)
    assert.equal(15, facts.signal)
    assert.equal("so far", facts.stdout)
  end)

  it("is killed when it ignores TERM for longer than its grace", function()
    local facts = stopped({ ignores_term = true }, { grace = 0.1 }, function(process)
      process:stop "timeout"
    end)
    assert.equal(9, facts.signal)
    assert.equal("timeout", facts.stopped)
    assert.is_true(facts.duration >= 0.099)
  end)

  it("can be given less grace by a second stop, never more", function()
    local start = loop:now()
    local facts = stopped({ ignores_term = true }, {}, function(process)
      process:stop("first", 60)
      process:stop("second", 90)
      process:stop("third", 0)
    end)
    assert.equal(9, facts.signal)
    assert.is_true(loop:now() - start < 50)
  end)

  it("can be sent one signal, which is not a stop", function()
    local facts
    local process = loop:spawn({ argv = program { after = 60 } }, guard.once(function(_, f)
      facts = f
    end))
    process:kill(9)
    loop:run()
    assert.equal(9, facts.signal)
    assert.is_nil(facts.stopped)
  end)

  it("is an error to start when there is no such program", function()
    local process, err = loop:spawn({ argv = { "no-such-program", "x" } }, guard.never())
    assert.is_nil(process)
    assert.equal("not_found", err.code)
    assert.matches("no%-such%-program", err.message)
  end)

  it("takes late calls calmly", function()
    local _, _, process = run(loop, { argv = program {} })
    process:stop "late"
    process:kill(9)
    process:close_stdin()
    local ok, err = process:write "x"
    assert.is_nil(ok)
    assert.equal("cancelled", err.code)
  end)

  it("has a pid and a time of its start", function()
    local process = loop:spawn({ argv = program { after = 0.05 } }, guard.once())
    assert.is_true(process:pid() > 1)
    local start = process:start_time()
    assert.matches("^%d+$", start)
    assert.is_true(process:running())
    loop:run()
    assert.equal(start, process:start_time())
  end)

  it("can be one of many, each with its own output", function()
    local ends = 0
    for i = 1, 8 do
      loop:spawn({ argv = program { stdout = "number " .. i } }, guard.once(function(_, facts)
        assert.equal("number " .. i, facts.stdout)
        ends = ends + 1
      end))
    end
    loop:run()
    assert.equal(8, ends)
  end)

  it("can start the next from its exit", function()
    local left = 5
    local function start()
      loop:spawn({ argv = program {} }, guard.once(function()
        left = left - 1
        if left > 0 then
          start()
        end
      end))
    end
    start()
    loop:run()
    assert.equal(0, left)
  end)

  it("names the option that is wrong", function()
    local function wrong(opts, message)
      assert.error_matches(function()
        loop:spawn(opts, guard.never())
      end, message)
    end
    wrong({}, "opts%.argv: missing")
    wrong({ argv = {} }, "opts%.argv: empty")
    wrong({ argv = { "true", 7 } }, "opts%.argv%[2%]: expected a string, got number")
    wrong({ argv = { "true\0" } }, "opts%.argv%[1%]: holds a NUL byte")
    wrong({ argv = { "true" }, env = { A = 1 } }, "opts%.env%.A: expected a string")
    wrong({ argv = { "true" }, env = { ["A=B"] = "" } }, "cannot be a name")
    wrong({ argv = { "true" }, grce = 1 }, 'unknown option "grce".*"grace"')
    wrong({ argv = { "true" }, stdin = 5 }, "opts%.stdin")
    wrong({ argv = { "true" }, limit = -1 }, "opts%.limit")
  end)
end
