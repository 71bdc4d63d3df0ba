local sys = require("neap.native").sys

local KILL = 9

---A sleeping process in a session of its own, marked in its environment.
local function sleeper(mark)
  local pipe = assert(io.popen("NEAP_ATTEMPT=" .. mark
    .. " setsid sleep 30 >/dev/null 2>&1 & echo $!"))
  local pid = tonumber((pipe:read "*l"))
  pipe:close()
  for _ = 1, 1e6 do
    local env = sys.read("/proc/" .. pid .. "/cmdline")
    if env and env:find "^sleep" then
      return pid
    end
  end
  error "no sleeper"
end

local function wait_for_end(pid)
  for _ = 1, 1e6 do
    local stat = sys.read("/proc/" .. pid .. "/stat")
    if not stat or stat:find "%) Z" then
      return
    end
  end
  error "it lives"
end

describe("sys knows processes", function()
  it("by number, start time and boot", function()
    local pid, boot = sys.pid(), sys.boot_id()
    local start = sys.start_time(pid)
    assert.truthy(start:match "^%d+$")
    assert.truthy(boot:match "^%x+%-%x+%-%x+%-%x+%-%x+$")
    assert.is_true(sys.alive(pid, start, boot))
    assert.is_false(sys.alive(pid, start .. "1", boot))
    assert.is_false(sys.alive(pid, start, "another boot"))
    assert.is_nil(sys.start_time(2 ^ 30))
    assert.is_false(sys.alive(2 ^ 30, start, boot))
  end)

  it("and kills a group by its leader", function()
    local pid = sleeper "sys-spec-group"
    assert.is_true(sys.kill_group(pid, KILL))
    wait_for_end(pid)
    local done, err = sys.kill_group(2 ^ 30, KILL)
    assert.is_nil(done)
    assert.equal("not_found", err.code)
    assert.has_error(function()
      sys.kill_group(0, KILL)
    end)
    assert.has_error(function()
      sys.kill_group(1, KILL)
    end)
  end)

  it("and sweeps those with a mark, no others #process", function()
    local mark = "sys-spec-" .. sys.uuid()
    local pid, other = sleeper(mark), sleeper(mark .. "x")
    assert.equal(1, sys.sweep(mark, KILL))
    wait_for_end(pid)
    assert.is_not_nil(sys.start_time(other))
    assert.equal(1, sys.sweep(mark .. "x", KILL))
    wait_for_end(other)
    assert.equal(0, sys.sweep(mark, KILL))
    local below, beside = sleeper(mark .. "/a/1"), sleeper(mark .. "x/a/1")
    assert.equal(1, sys.sweep(mark .. "/", 0))
    assert.equal(1, sys.sweep(mark .. "/", KILL))
    wait_for_end(below)
    assert.equal(1, sys.sweep(mark .. "x/", KILL))
    wait_for_end(beside)
    assert.has_error(function()
      sys.sweep("", KILL)
    end)
  end)
end)

describe("sys knows who may hold a lock #process", function()
  it("by what is open, and a git by where it works and what it names", function()
    local pipe = io.popen "mktemp -d"
    local dir = pipe:read "*l"
    pipe:close()
    local lock = dir .. "/lock"
    sys.write(lock, "")
    local function with(line, folder)
      local started = assert(io.popen(("cd / && %s >/dev/null 2>&1 & echo $!"):format(line)))
      local pid = tonumber((started:read "*l"))
      started:close()
      for _ = 1, 1e6 do
        local words = sys.read("/proc/" .. pid .. "/cmdline")
        if words and words:find "60" and not words:find "^sh" then
          break
        end
      end
      local holder = sys.holder(lock, folder)
      os.execute("kill -KILL " .. pid)
      wait_for_end(pid)
      return holder == pid
    end
    os.execute(("cp \"$(command -v sleep)\" %s/git-sleep"):format(dir))
    local git = ("exec %s/git-sleep 60"):format(dir)
    assert.is_nil(sys.holder(lock, "/nowhere"))
    assert.is_true(with(("exec sleep 60 <%s"):format(lock), "/nowhere"))
    assert.is_false(with("exec sleep 60", "/"))
    assert.is_true(with(git, dir)) -- it names the folder
    assert.is_true(with(("cd %s && exec ./git-sleep 60"):format(dir), dir))
    assert.is_true(with(("export GIT_DIR=%s/x; cd %s && cd .. && exec ${PWD%%/}/%s/git-sleep 60")
      :format("/some/where", dir, dir:match "[^/]+$"), "/some/where"))
    assert.is_false(with(git, dir .. "/other"))
    assert.is_nil(sys.holder(dir .. "/nothing", dir))
    sys.remove_tree(dir)
  end)
end)

describe("sys knows this machine", function()
  it("its name, directory, environment and program", function()
    assert.is_true(#sys.hostname() > 0)
    assert.equal(sys.realpath ".", sys.cwd())
    assert.equal(os.getenv "PATH", sys.env().PATH)
    assert.equal(sys.realpath(os.getenv "NEAP"), sys.exe())
  end)

  it("what is a terminal", function()
    assert.is_false(sys.isatty(1000))
    local columns, err = sys.columns(1000)
    assert.is_nil(columns)
    assert.is_string(err.message)
  end)
end)

describe("sys makes", function()
  it("digests", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      sys.sha256 "abc")
  end)

  it("random bytes and identifiers", function()
    assert.equal(16, #sys.random_bytes(16))
    assert.not_equal(sys.random_bytes(16), sys.random_bytes(16))
    assert.equal("", sys.random_bytes(0))
    assert.truthy(sys.uuid():match "^%x+%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$")
    assert.equal(36, #sys.uuid())
    assert.has_error(function()
      sys.random_bytes(257)
    end)
  end)

  it("instants readable", function()
    assert.equal("2025-10-09T08:53:20.123Z", sys.rfc3339(1760000000123))
  end)
end)

describe("sys handles files", function()
  local dir

  before_each(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(sys.mkdir_p(dir))
  end)

  after_each(function()
    assert(sys.remove_tree(dir))
  end)

  it("writes, appends, reads, renames and removes them", function()
    local path, bytes = dir .. "/a", "line\n\0\255" .. ("x"):rep(200000)
    assert.is_false(sys.exists(path))
    assert.is_true(sys.write(path, "old"))
    assert.is_true(sys.write(path, bytes))
    assert.is_true(sys.append(path, "end"))
    assert.is_true(sys.read(path) == bytes .. "end")
    assert.is_true(sys.rename(path, dir .. "/b"))
    assert.same({ "b" }, sys.list(dir))
    assert.is_true(sys.remove(dir .. "/b"))
    assert.same({}, sys.list(dir))
  end)

  it("says what they are", function()
    local before = os.time()
    sys.write(dir .. "/f", "12345")
    local stat = sys.stat(dir .. "/f")
    assert.equal("file", stat.type)
    assert.equal(5, stat.size)
    assert.is_true(stat.mtime >= before - 2 and stat.mtime <= before + 60)
    assert.equal("directory", sys.stat(dir).type)
    assert.equal("other", sys.stat("/dev/null").type)
  end)

  it("makes and removes trees", function()
    assert.is_true(sys.mkdir_p(dir .. "/x/y/z"))
    assert.is_true(sys.mkdir_p(dir .. "/x/y/z"))
    sys.write(dir .. "/x/y/file", "")
    assert.same({ "file", "z" }, sys.list(dir .. "/x/y"))
    assert.is_true(sys.remove_tree(dir .. "/x"))
    assert.is_true(sys.remove_tree(dir .. "/x"))
    assert.is_false(sys.exists(dir .. "/x"))
  end)

  it("answers nil, err with the path when the world refuses", function()
    local missing = dir .. "/missing"
    for _, name in ipairs { "read", "stat", "list", "realpath", "remove" } do
      local value, err = sys[name](missing)
      assert.is_nil(value)
      assert.equal("not_found", err.code)
      assert.equal(2, err.errno)
      assert.truthy(err.message:find(missing, 1, true))
    end
    for _, name in ipairs { "write", "append", "rename" } do
      local value, err = sys[name](missing .. "/x", "y")
      assert.is_nil(value)
      assert.equal("not_found", err.code)
    end
  end)

  it("raises on a path with a NUL inside", function()
    assert.has_error(function()
      sys.read "a\0b"
    end, "bad argument #1 to 'read' (a path with a NUL inside)")
  end)
end)
