local ffi = require "ffi"
local guard = require "spec.support.guard"
local native = require "neap.native"
local conformance = require "spec.conformance.process"

ffi.cdef [[
  int getrlimit(int what, unsigned long *limit);
  int setrlimit(int what, const unsigned long *limit);
]]
local RLIMIT_NOFILE = 7

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- printf takes a NUL as \000 only.
local function say(text, stream)
  local format = text:gsub("\\", "\\\\"):gsub("%%", "%%%%"):gsub("%z", "\\000")
  return ("printf %s >&%d"):format(quote(format), stream)
end

-- A line of sh that does what a behaviour of native.sim says.
local function program(_, behaviour)
  local lines, at = {}, 0
  local function wait(till)
    if till > at then
      lines[#lines + 1] = "sleep " .. till - at
      at = till
    end
  end
  if behaviour.ignores_term then
    lines[1] = "trap '' TERM"
  end
  lines[#lines + 1] = behaviour.stdout and say(behaviour.stdout, 1)
  lines[#lines + 1] = behaviour.stderr and say(behaviour.stderr, 2)
  for _, line in ipairs(behaviour.lines or {}) do
    wait(line[1])
    lines[#lines + 1] = say(line[2] .. "\n", line[3] or 1)
  end
  wait(behaviour.after or 0)
  if behaviour.signal then
    lines[#lines + 1] = ("kill -%d $$"):format(behaviour.signal)
  end
  lines[#lines + 1] = "exit " .. (behaviour.code or 0)
  return { "sh", "-c", table.concat(lines, "; ") }
end

describe("a real process #process", function()
  guard.watch(before_each, after_each)
  conformance({ loop = native.loop.new, program = program }, getfenv())

  local loop
  before_each(function()
    loop = guard.loop()
  end)

  local function start(opts)
    local facts = {}
    assert(loop:spawn(opts, guard.once(function(_, f)
      for key, value in pairs(f) do
        facts[key] = value
      end
    end)))
    return facts
  end

  local function run(opts)
    local facts = start(opts)
    loop:run()
    return facts
  end

  local function sh(script, opts)
    opts = opts or {}
    opts.argv = { "sh", "-c", script }
    return run(opts)
  end

  local function is_alive(pid)
    local file = io.open("/proc/" .. pid .. "/stat")
    local state = file and file:read("*a"):match "^.*%) (%u)"
    if file then
      file:close()
    end
    return state ~= nil and state ~= "Z" and state ~= "X"
  end

  local function is_gone(pid)
    local clock = guard.loop()
    local deadline = clock:now() + 30
    while is_alive(pid) do
      if clock:now() > deadline then
        return false
      end
    end
    return true
  end

  it("has the environment it is given, and no other", function()
    local facts = run { argv = { "/usr/bin/env" }, env = { A = "1", B = "x = y" } }
    local lines = {}
    for line in facts.stdout:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    table.sort(lines)
    assert.same({ "A=1", "B=x = y" }, lines)
    assert.equal("", run({ argv = { "/usr/bin/env" }, env = {} }).stdout)
    assert.matches("PATH=", run({ argv = { "env" } }).stdout)
  end)

  it("has what is added to an environment, in the place of what was there", function()
    local shared = native.environ.new { A = "1", AB = "2" }
    for _, env in ipairs { shared, { A = "1", AB = "2" } } do
      local out = run({ argv = { "/usr/bin/env" }, env = env, add = { A = "3", C = "4" } }).stdout
      assert.matches("A=3\n", out)
      assert.matches("AB=2\n", out)
      assert.matches("C=4\n", out)
      assert.is_nil(out:find "A=1")
    end
    assert.matches("A=1\n", run({ argv = { "/usr/bin/env" }, env = shared }).stdout)
    assert.matches("PATH=.*", run({ argv = { "env" }, add = { C = "4" } }).stdout)
  end)

  it("is found in the PATH of its environment, seen from its directory", function()
    local dir = os.tmpname()
    os.remove(dir)
    sh(("mkdir -p %s/bin/dir %s/bin/tool.d; cd %s/bin; printf '#!/bin/sh\\necho found' >tool;" ..
      " chmod +x tool; echo >dir/tool"):format(dir, dir, dir))
    local function try(path, cwd, name)
      local facts, err
      local process, problem = loop:spawn({
        argv = { name or "tool" }, cwd = cwd, env = { PATH = path },
      }, function(_, f)
        facts = f
      end)
      err = not process and problem or nil
      loop:run()
      return facts and facts.stdout, err
    end
    assert.equal("found\n", (try(dir .. "/bin")))
    assert.equal("found\n", (try("/nowhere:" .. dir .. "/bin/dir:" .. dir .. "/bin")))
    assert.equal("found\n", (try("bin", dir)))
    assert.equal("found\n", (try("", dir .. "/bin")))
    assert.equal("found\n", (try("/bin", dir, "bin/tool")))
    local _, err = try("bin", "/")
    assert.equal("not_found", err.code)
    _, err = try(dir .. "/bin/dir")
    assert.equal("invalid", err.code)
    assert.matches("Permission denied", err.message)
    _, err = try(dir .. "/bin", nil, "tool.d")
    assert.equal("invalid", err.code)
    _, err = try(dir .. "/bin", nil, "")
    assert.equal("not_found", err.code)
    os.execute("rm -r " .. dir)
  end)

  it("ends with the reason in no directory, and from what is no program", function()
    local facts = run { argv = { "/bin/true" }, cwd = "/no/such/place" }
    assert.equal("not_found", facts.spawn_error.code)
    assert.matches("/no/such/place", facts.spawn_error.message)
    assert.is_nil(facts.code)
    assert.equal("", facts.stdout .. facts.stderr)
    local path = os.tmpname()
    os.execute("echo hello >" .. path .. "; chmod +x " .. path)
    local err = run({ argv = { path } }).spawn_error
    assert.equal("invalid", err.code)
    assert.equal(8, err.errno)
    os.remove(path)
    assert.equal("limit", run({ argv = { "true", ("x"):rep(3e6) } }).spawn_error.code)
    assert.equal("not_found", run({ argv = { "/no/such/program" } }).spawn_error.code)
  end)

  it("starts in its directory", function()
    assert.equal("/usr\n", sh("pwd", { cwd = "/usr" }).stdout)
  end)

  it("is not started in half of a path", function()
    assert.error_matches(function()
      loop:spawn({ argv = { "pwd" }, cwd = "/\0tmp" }, function() end)
    end, "opts.cwd: holds a NUL byte")
  end)

  it("leads a session of its own, with default signals and no stray descriptors", function()
    local stray = assert(io.open "/dev/zero")
    local facts = sh [[
      set -- $(cat /proc/$$/stat); echo $1 $5 $6
      grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status
]]
    local files = run { argv = { "ls", "/proc/self/fd" } } -- 3 is that directory
    stray:close()
    assert.equal("0\n1\n2\n3\n", files.stdout)
    local pid, group, session = facts.stdout:match "^(%d+) (%d+) (%d+)"
    assert.equal(pid, group)
    assert.equal(pid, session)
    assert.matches("SigBlk:\t0+\n", facts.stdout)
    assert.matches("SigIgn:\t0+\n", facts.stdout)
  end)

  it("ends at once by a signal that is handled here, also when it is no program yet", function()
    run { argv = { "true" } }
    local handled, signals = loop:signal("term", error), {}
    for i = 1, 5 do
      local process = assert(loop:spawn({ argv = { "sleep", "9" }, grace = 0.5 }, function(_, facts)
        signals[i] = facts.signal
      end))
      process:stop "early"
      loop:run()
    end
    handled:stop()
    assert.same({ 15, 15, 15, 15, 15 }, signals)
  end)

  it("reads nothing, or what it is fed", function()
    assert.equal("", run({ argv = { "cat" } }).stdout)
    assert.equal("", run({ argv = { "cat" }, stdin = "" }).stdout)
    local big = ("0123456789abcdef"):rep(20000)
    local facts = run { argv = { "cat" }, stdin = big }
    assert.equal(#big, #facts.stdout)
    assert.is_true(big == facts.stdout)
  end)

  it("can be talked to while it runs", function()
    local process, heard = nil, {}
    process = loop:spawn({ argv = { "cat" }, stdin = true, lines = true }, function(kind, text)
      if kind == "line" then
        heard[#heard + 1] = text
        if #heard < 3 then
          assert(process:write("line " .. #heard .. "\n"))
        else
          process:close_stdin()
          local ok, err = process:write "more"
          assert.is_nil(ok)
          assert.equal("cancelled", err.code)
        end
      end
    end)
    process:write "hello\n"
    loop:run()
    assert.same({ "hello", "line 1", "line 2" }, heard)
  end)

  it("may stop reading without harm", function()
    local facts = sh("exec <&-; sleep 0.02; echo ok", { stdin = ("x"):rep(1e6) })
    assert.equal("ok\n", facts.stdout)
    facts = sh("head -c 3", { stdin = ("x"):rep(1e6) })
    assert.equal("xxx", facts.stdout)
  end)

  it("gives a line of a megabyte whole", function()
    local length
    assert(loop:spawn({
      argv = { "sh", "-c", "head -c 1048576 /dev/zero | tr '\\0' x; echo; echo end" }, lines = true,
    }, guard.times(3, function(kind, text)
      length = length or (kind == "line" and #text)
    end)))
    loop:run()
    assert.equal(1048576, length)
  end)

  it("may say more than anybody wants to keep", function()
    local facts = run { argv = { "head", "-c", "20000000", "/dev/zero" }, limit = 1000 }
    assert.equal(20000000, facts.stdout_bytes)
    assert.equal(1000, #facts.stdout)
    assert.equal(4096, #facts.stdout_tail)
  end)

  it("ends when its leader does, although a grandchild holds the pipe", function()
    local before = loop:now()
    local facts = sh("sleep 60 & echo $!", { drain = 0.05 })
    assert.is_true(loop:now() - before < 50)
    assert.equal(0, facts.code)
    assert.equal(1, facts.survivors)
    assert.is_true(is_gone(facts.stdout:match "%d+"))
  end)

  it("takes what a grandchild says before the drain is over", function()
    local facts = sh("(sleep 0.05; echo late) & echo early", { drain = 50 })
    assert.equal("early\nlate\n", facts.stdout)
  end)

  it("may be stopped by a line that comes after its end, and still ends last", function()
    local process, events = nil, {}
    process = loop:spawn({
      argv = { "sh", "-c", "(sleep 0.05; printf 'a\\nb\\nc'; sleep 60) &" },
      drain = 50, lines = true,
    }, function(kind, what)
      events[#events + 1] = kind == "line" and what or kind
      process:stop("enough", 0)
    end)
    loop:run()
    assert.same({ "a", "b", "c", "exit" }, events)
  end)

  it("leaves nobody of its group, also when nobody holds the pipe", function()
    local facts = sh "sleep 60 >/dev/null 2>&1 </dev/null & echo $!"
    assert.equal(0, facts.code)
    assert.equal(1, facts.survivors)
    assert.is_true(is_gone(facts.stdout:match "%d+"))
  end)

  it("that is stopped takes along whoever left its group, by their mark", function()
    local env = { PATH = os.getenv "PATH", NEAP_ATTEMPT = "spec/escape/" .. loop:now() }
    local process, pid, facts
    process = loop:spawn({
      argv = { "sh", "-c", "setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 60' & wait" },
      env = env, lines = true, grace = 0.1,
    }, function(kind, what)
      if kind == "line" then
        pid = what
        process:stop "timeout"
      else
        facts = what
      end
    end)
    loop:run()
    assert.equal("timeout", facts.stopped)
    assert.equal(1, facts.survivors)
    assert.is_true(is_gone(pid))
  end)

  it("that is stopped asks those who left too", function()
    local env = { PATH = os.getenv "PATH", NEAP_ATTEMPT = "spec/asked/" .. loop:now() }
    local process, heard, facts = nil, {}, nil
    process = loop:spawn({
      argv = { "sh", "-c", "setsid sh -c '" ..
        "trap \"echo bye; exit\" TERM; echo; while :; do sleep 0.02; done' & wait" },
      env = env, lines = true, grace = 60,
    }, function(kind, what, stream)
      if kind == "exit" then
        facts = what
      elseif stream == 1 then
        heard[#heard + 1] = what
        process:stop "timeout"
      end
    end)
    loop:run()
    assert.same({ "", "bye" }, heard)
    assert.is_true(facts.duration < 50)
  end)

  it("that leaves its pipe to an escaped grandchild takes it along", function()
    local env = { PATH = os.getenv "PATH", NEAP_ATTEMPT = "spec/held/" .. loop:now() }
    local facts = sh("setsid sleep 60 & echo $!; sleep 0.05", { env = env, drain = 0.05 })
    assert.equal(1, facts.survivors)
    assert.is_true(is_gone(facts.stdout:match "%d+"))
  end)

  it("is gone, with its group, when the loop is closed", function()
    local pids = {}
    local process
    process = loop:spawn({
      argv = { "sh", "-c", "trap '' TERM; echo $$; sleep 60 & echo $!; wait" }, lines = true,
    }, function(_, pid)
      pids[#pids + 1] = pid
      if #pids == 2 then
        loop:stop()
      end
    end)
    loop:run()
    loop:close()
    assert.is_false(process:running())
    assert.is_true(is_gone(pids[1]) and is_gone(pids[2]))
  end)

  it("never loses output at the end: 2,000 quick ones", function()
    local left, wrong, running = 2000, 0, 0
    local function more()
      while running < 4 and left > 0 do
        left, running = left - 1, running + 1
        local text = tostring(left)
        assert(loop:spawn({ argv = { "/bin/echo", text }, env = {} }, function(_, facts)
          running = running - 1
          if facts.stdout ~= text .. "\n" or facts.code ~= 0 then
            wrong = wrong + 1
          end
          more()
        end))
      end
    end
    more()
    loop:run()
    assert.equal(0, wrong)
  end)

  it("is an error to start without descriptors, and then nothing is left", function()
    local lowest = 0
    while ffi.C.fcntl(lowest, 1) >= 0 do
      lowest = lowest + 1
    end
    local limit, started, refused = ffi.new "unsigned long[2]", 0, 0
    ffi.C.getrlimit(RLIMIT_NOFILE, limit)
    local soft = limit[0]
    for room = 0, 12 do
      limit[0] = lowest + room
      ffi.C.setrlimit(RLIMIT_NOFILE, limit)
      local process, err = loop:spawn({ argv = { "true" }, stdin = "x" }, function() end)
      started = started + (process and 1 or 0)
      if not process then
        refused = refused + 1
        assert.equal("limit", err.code)
      end
      loop:run()
    end
    limit[0] = soft
    ffi.C.setrlimit(RLIMIT_NOFILE, limit)
    assert.is_true(started > 0 and refused > 3)
  end)

  it("starts from a host without standard descriptors", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write [[
      local loop = require("neap.native").loop.new()
      loop:spawn({ argv = { "cat" }, stdin = "through" }, function(_, facts)
        os.exit(facts.stdout == "through" and facts.stderr == "" and 7 or 1)
      end)
      loop:run()]]
    file:close()
    for _, closed in ipairs { "<&-", ">&-", "2>&-", "<&- >&- 2>&-" } do
      local facts = sh(("%s lua %s %s"):format(os.getenv "NEAP", script, closed))
      assert.equal(7, facts.code)
    end
    os.remove(script)
  end)

  it("has an end that is seen, although the host's parent ignored such ends", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write [[
      if arg[1] then
        local ffi = require "ffi"
        ffi.cdef "void *signal(int, void *); int execl(const char *, const char *, ...);"
        ffi.C.signal(17, ffi.cast("void *", 1)) -- SIGCHLD, SIG_IGN
        ffi.C.execl(arg[1], arg[1], "lua", arg[0], nil)
      end
      local loop = require("neap.native").loop.new()
      loop:spawn({ argv = { "sh", "-c", "exit 3" } }, function(_, facts)
        os.exit(facts.code == 3 and 7 or 1)
      end)
      loop:run()]]
    file:close()
    local neap = os.getenv "NEAP"
    assert.equal(7, run({ argv = { neap, "lua", script, neap } }).code)
    os.remove(script)
  end)

  it("costs nothing but itself: no descriptors, no zombies", function()
    -- The guard of this spec counts descriptors and children after each test.
    for _ = 1, 20 do
      start { argv = { "true" }, stdin = "x" }
    end
    loop:run()
    assert.equal(0, loop:pending())
  end)
end)
