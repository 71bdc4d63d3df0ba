-- cancel: end a run. The neap that runs it stops its processes; a run that nobody runs is gone on
-- with here just far enough to clean up.

local command = require "neap.cli.command"
local drive = require "neap.cli.drive"
local exit = require "neap.cli.exit"

local function declare(parser)
  parser:argument("run", "The run's id, or the beginning of it.")
  command.store_option(parser)
end

return function(args, summary)
  local o = command.parse("cancel", summary, args, declare)
  local host = command.open_existing(o)
  local row = command.find(host, o.run)
  if row.ended_at then
    command.refuse(exit.FAILED, ("run %s is over: %s"):format(row.id, row.state))
  end
  command.send(host, row.id, "cancel")
  local program = host:program_of(row)
  local d, held = drive.new(host), nil
  d.starting = true
  host:continue(row.id, program, { on_end = d:on_end() }, function(run, problem)
    d.starting = nil
    if run then
      return d:follow(row, "(to be cancelled)")
    end
    held = problem.code == "busy" and problem or nil
    d:refused(problem)
  end)
  if not d.problem then
    d:finish()
  end
  if held then
    command.print { "asked: " .. held.message }
  else
    d:check()
  end
  host:close()
  return exit.DONE
end
