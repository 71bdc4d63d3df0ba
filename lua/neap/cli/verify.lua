-- verify: every event against the hash chain of its stream.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"

return function(args, summary)
  local o = command.parse("verify", summary, args, command.read_options)
  local host = command.open_to_read(o)
  local result, problem = host.store:verify()
  host:close()
  if o.json then
    command.print_json(result and { ok = true, events = result.events }
      or { ok = false, stream = problem.stream, n = problem.n, seq = problem.seq,
        message = problem.message })
  elseif result then
    command.print { ("%d events: every one is as it was written"):format(result.events) }
  else
    command.complain(problem.stream
      and ("event %d of %s is not what was written: %s"):format(problem.n, problem.stream,
        problem.message) or problem.message)
  end
  return result and exit.DONE or exit.STORE
end
