-- Awaiting in specs: a function runs as a coroutine on a loop until it is dead.
-- Owns: coroutines of one spec. Refuses to know: what is awaited. Uses: the loop it is given.
local M = {}

--- A loop that only defers, for bindings that are tried without a world.
function M.queue()
  local waiting = {}
  local loop = {}
  function loop:defer(fn)
    waiting[#waiting + 1] = fn
  end
  function loop:run()
    while waiting[1] do
      table.remove(waiting, 1)()
    end
  end
  return loop
end

--- Inside a function of `run`: calls start(done) and returns what done was called with.
function M.await(start)
  local co = coroutine.running()
  local result, is_waiting
  start(function(...)
    result = { n = select("#", ...), ... }
    if is_waiting then
      M.resume(co)
    end
  end)
  if not result then
    is_waiting = true
    coroutine.yield()
  end
  return unpack(result, 1, result.n)
end

--- Resumes; an error inside stays with its coroutine until `run` raises it.
function M.resume(co)
  local ok, message = coroutine.resume(co)
  if not ok then
    M.failures[co] = { message }
  end
end

M.failures = setmetatable({}, { __mode = "k" })

--- Runs every function as a coroutine of its own, all at once, and returns when the last is
--- done. Raises the first error, and when a callback never came.
function M.run(loop, ...)
  local all = {}
  for i, fn in ipairs { ... } do
    all[i] = coroutine.create(fn)
    M.resume(all[i])
  end
  loop:run()
  for _, co in ipairs(all) do
    if M.failures[co] then
      error(M.failures[co][1], 0)
    end
    assert(coroutine.status(co) == "dead", "a callback never came")
  end
end

return M
