-- cancel: end a run. The neap that runs it stops its processes; a run that nobody runs is gone on
-- with here just far enough to clean up.

local command = require "neap.cli.command"
local drive = require "neap.cli.drive"
local exit = require "neap.cli.exit"

local PATIENCE = 15 -- seconds to wait for the neap that runs it

local function declare(parser)
  parser:argument("run", "The run's id, or the beginning of it.")
  command.store_option(parser)
end

local function is_over(host, run)
  return command.query(host, "SELECT ended_at FROM run WHERE id = ?", { run.id })[1].ended_at ~= nil
end

---Wait until the neap that holds the run has ended it.
local function await_end(host, run, holder)
  local loop = host.loop
  host.store:on_wake(function()
    if is_over(host, run) then
      loop:stop()
    end
  end)
  local timer = loop:timer(PATIENCE, function()
    loop:stop()
  end)
  if not is_over(host, run) then
    host:drive()
  end
  timer:stop()
  command.print { is_over(host, run) and ("cancelled: %s (%s)"):format(run.id, run.name)
    or ("asked to stop, and not over yet: %s"):format(holder.message) }
end

---Its script; as it is on record, when the file is gone or broken: a cancel must go through.
local function program_of(host, run)
  local ok, program = pcall(host.program_of, host, run)
  return ok and program or host:program_of(run, true)
end

---Nobody runs it: this process takes it, and ends it.
local function end_here(host, run)
  local d = drive.new(host)
  d.starting = true
  host:continue(run.id, program_of(host, run), { on_end = d:on_end() }, function(taken, problem)
    d.starting = nil
    if taken then
      d:follow(run, "(to be cancelled)")
    else
      d:refused(problem)
    end
  end)
  local code = d.problem and exit.STORE or d:finish()
  d:check()
  return code == exit.CANCELLED and exit.DONE or code
end

return function(args, summary)
  local o = command.parse("cancel", summary, args, declare)
  local host = command.open_existing(o)
  local run = command.find(host, o.run)
  if run.ended_at then
    command.refuse(exit.FAILED, ("run %s is over: %s"):format(run.id, run.state))
  end
  local free, holder = host:held_by_other(run.id)
  command.send(host, run.id, "cancel")
  local code = exit.DONE
  if free then
    code = end_here(host, run)
  else
    await_end(host, run, holder)
  end
  host:close()
  return code
end
