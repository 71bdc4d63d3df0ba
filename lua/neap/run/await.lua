-- await: what a step body may wait for without it being durable: a process, a delay, git.
-- Callable wherever a fiber runs; the step around it is what is recorded.

local environ = require("neap.run.environ")
local err = require("neap.base.err")
local exit = require("neap.policy.exit")
local duration = require("neap.base.duration")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local native = require("neap.native")
local spec_of = require("neap.run.spec")

local M = {}

local function host_of(call)
  local f = fiber.current()
  if not f then
    err.usage(call .. " waits: call it inside a workflow's step")
  elseif f.mode == "workflow" then
    err.usage(call .. " is not durable: call it inside a step, w:step(name, function() … end)",
      { help = "or use w:run { … } for a command, w:sleep for a wait" })
  end
  return f.scheduler.host
end

local Result = {}
Result.__index = Result

---The standard output as JSON.
function Result:json()
  return json.decode(self.stdout)
end

---Start the process, with the mark of the step, so that a later neap finds what this one left;
---`fn(facts)` when it is gone.
local function start(f, host, spec, fn)
  local timer, process, problem
  process, problem = host.loop:spawn({
    argv = spec.argv, cwd = f.run and f.run:path(spec.cwd) or spec.cwd or host.dir,
    stdin = spec.stdin, grace = spec.grace, env = host.environ,
    add = environ.more(spec.env, f.mark),
  }, function(kind, facts)
    if kind == "exit" then
      if timer then
        timer:stop()
      end
      host.children[process] = nil
      fn(facts)
      host:settle()
    end
  end)
  if not process then
    fn({ spawn_error = problem, stdout = "", stderr = "" })
    return nil
  end
  host.children[process] = true
  timer = spec.timeout and host.loop:timer(spec.timeout, function()
    process:stop("timeout.wall")
  end)
  return process
end

---Run a process to its end and return what it gave, whatever that is.
---@param given table argv as the array part, or sh; cwd, env, stdin, timeout, grace
---@return table result code, signal, stdout, stderr, text, and :json()
function M.exec(given)
  local host = host_of("neap.exec")
  local f = fiber.current()
  local spec = spec_of.command(given, "neap.exec")
  local facts = fiber.await(function(resume)
    local process = start(f, host, spec, resume)
    return process and function()
      process:stop("killed.interrupted")
      return true -- it is waited for
    end
  end)
  if facts.spawn_error or facts.stopped then
    local class = exit.classify(facts)
    class.message = facts.spawn_error and facts.spawn_error.message
      or spec.argv[1] .. " was stopped: " .. facts.stopped
    error(err.failure(class), 0)
  end
  return setmetatable({
    code = facts.code, signal = facts.signal, stdout = facts.stdout, stderr = facts.stderr,
    truncated = facts.stdout_truncated or nil, text = facts.stdout:match("^%s*(.-)%s*$"),
  }, Result)
end

---Wait, inside a step body.
---@param time string|number "2s"
function M.delay(time)
  local host = host_of("neap.delay")
  local seconds, problem = duration.parse(time)
  if not seconds then
    err.usage("neap.delay: " .. problem)
  end
  fiber.await(function(resume)
    local timer = host.loop:timer(seconds, resume)
    return function()
      timer:stop()
    end
  end)
end

---One verb of git (libgit2): its result, or nil and the error.
function M.git(verb, opts)
  local host = host_of("git")
  return fiber.await(function(resume)
    native.git.call(host.loop, verb, opts, resume)
  end)
end

return M
