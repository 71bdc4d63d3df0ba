-- Awaiting in specs: functions run as coroutines on a loop until the last one is dead.
-- Owns: the coroutines of one run, and `git` and `exec` as functions that await. Refuses to know:
-- what is tested. Uses: native.git, loop:spawn.
local native = require "neap.native"

local M = {}

---@type table the loop of the run that is going on
local loop
local failures = setmetatable({}, { __mode = "k" })

local function resume(co)
  local ok, message = coroutine.resume(co)
  if not ok then
    failures[co] = { message }
  end
end

---Inside a function of `run`: calls start(done) and returns what done was called with.
---@param start fun(done: fun(...))
---@return any ...
function M.await(start)
  local co = coroutine.running()
  local result, is_waiting
  start(function(...)
    result = { n = select("#", ...), ... }
    if is_waiting then
      resume(co)
    end
  end)
  if not result then
    is_waiting = true
    coroutine.yield()
  end
  return unpack(result, 1, result.n)
end

---Runs every function as a coroutine of its own, all at once, and returns when the last is
---done. Raises the first error, and when a callback never came.
---@param on table the loop
---@param ... fun()
function M.run(on, ...)
  local all, outer = {}, loop
  loop = on
  for i, fn in ipairs { ... } do
    all[i] = coroutine.create(fn)
    resume(all[i])
  end
  on:run()
  loop = outer
  for _, co in ipairs(all) do
    if failures[co] then
      error(failures[co][1], 0)
    end
    assert(coroutine.status(co) == "dead", "a callback never came")
  end
end

---Runs every function at once from inside a run, and returns when the last is done. Raises the
---first error.
---@param ... fun()
function M.all(...)
  local fns = { ... }
  local left, first = #fns, nil
  M.await(function(done)
    for _, fn in ipairs(fns) do
      resume(coroutine.create(function()
        local ok, message = pcall(fn)
        first = first or not ok and { message } or nil
        left = left - 1
        if left == 0 then
          done()
        end
      end))
    end
  end)
  if first then
    error(first[1], 0)
  end
end

---native.git, awaited.
---@param verb string
---@param opts table
function M.git(verb, opts)
  return M.await(function(done)
    native.git.call(loop, verb, opts, done)
  end)
end

---A program, awaited: { argv…, cwd = } -> its facts (code, stdout, stderr) | nil, err.
---@param opts table
function M.exec(opts)
  return M.await(function(done)
    local argv = {}
    for i, word in ipairs(opts) do
      argv[i] = word
    end
    local process, err = loop:spawn({ argv = argv, cwd = opts.cwd }, function(kind, facts)
      if kind == "exit" then
        done(facts)
      end
    end)
    if not process then
      done(nil, err)
    end
  end)
end

return M
