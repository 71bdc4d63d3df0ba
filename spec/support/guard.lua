-- The guard of native specs: after each test every expected callback came, nothing is open on
-- its loops, and the process has no child, descriptor or directory it did not have before.
--
--   describe("a timer", function()
--     guard.watch(before_each, after_each)
--     it("fires", function()
--       local loop = guard.loop()
--       loop:timer(0.01, guard.once(function() … end))
--       loop:run()
--     end)
--   end)
local ffi = require "ffi"
local native = require "neap.native"

ffi.cdef [[
  int fcntl(int fd, int command, ...);
  char *getcwd(char *out, size_t size);
  int waitid(int kind, unsigned id, void *info, int options);
]]

local F_GETFD, MOST_FDS, PATH_MAX = 1, 256, 4096
local P_ALL, WNOHANG_WEXITED_WNOWAIT = 0, 0x01000005

---@class neap.spec.GuardState
---@field loops table loops to be checked and closed
---@field awaited { want: integer, got: integer, where: string }[]
---@field errors string[] uncaught errors of callbacks
---@field fds table<integer, boolean>
---@field cwd string
local state

local function fds()
  local open = {}
  for fd = 0, MOST_FDS do
    open[fd] = ffi.C.fcntl(fd, F_GETFD) >= 0
  end
  return open
end

local function cwd()
  local out = ffi.new("char[?]", PATH_MAX)
  return ffi.string(ffi.C.getcwd(out, PATH_MAX))
end

local function has_children()
  return ffi.C.waitid(P_ALL, 0, ffi.new "char[256]", WNOHANG_WEXITED_WNOWAIT) == 0
end

local function check(ok, ...)
  if not ok then
    error("guard: " .. string.format(...), 0)
  end
end

local function before()
  state = { loops = {}, awaited = {}, errors = {}, fds = fds(), cwd = cwd() }
  native.on_error(function(message)
    table.insert(state.errors, message)
  end)
end

local function close_loops()
  local left = 0
  for _, loop in ipairs(state.loops) do
    if not tostring(loop):find "closed" then
      left = left + loop:pending()
      loop:close()
    end
  end
  return left
end

local function after()
  local left = close_loops()
  collectgarbage()
  check(#state.errors == 0, "error in a callback: %s", state.errors[1])
  for _, a in ipairs(state.awaited) do
    check(a.got == a.want, "%s: called %d times, expected %d", a.where, a.got, a.want)
  end
  check(left == 0, "%d handles, timers or functions were left open", left)
  check(not has_children(), "a child was left")
  for fd, was in pairs(state.fds) do
    check(was or ffi.C.fcntl(fd, F_GETFD) < 0, "descriptor %d was left open", fd)
  end
  check(cwd() == state.cwd, "the directory was changed")
end

-- libuv's first loop opens a pipe for signals that stays for the life of the process.
assert(native.loop.new()):close()

local M = {}

---Check every test of the block that is being described.
---@param before_each fun(fn: fun())
---@param after_each fun(fn: fun())
function M.watch(before_each, after_each)
  before_each(before)
  after_each(after)
end

---A loop that is closed after the test, with nothing left open on it.
---@param loop table? one made elsewhere; a real one otherwise
function M.loop(loop)
  loop = loop or assert(native.loop.new())
  table.insert(state.loops, loop)
  return loop
end

---`fn` (or nothing), to be called exactly `n` times before the test ends.
---@param n integer
---@param fn function?
function M.times(n, fn)
  local info = debug.getinfo(2, "Sl")
  local entry = { want = n, got = 0, where = info.short_src .. ":" .. info.currentline }
  table.insert(state.awaited, entry)
  return function(...)
    entry.got = entry.got + 1
    if fn then
      return fn(...)
    end
  end
end

---@param fn function?
function M.once(fn)
  return M.times(1, fn)
end

---@param fn function?
function M.never(fn)
  return M.times(0, fn)
end

---The uncaught errors of callbacks so far; they do not fail the test any more.
---@return string[]
function M.take_errors()
  local errors = state.errors
  state.errors = {}
  return errors
end

return M
