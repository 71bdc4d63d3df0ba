-- rebuild: the tables that are derived from events, emptied and derived again.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"

return function(args, summary)
  local o = command.parse("rebuild", summary, args, command.store_option)
  local host = command.open_existing(o)
  local ok, problem = host.store:rebuild()
  host:close()
  if not ok then
    command.refuse(exit.STORE, problem.message)
  end
  command.print { "rebuilt from the events" }
  return exit.DONE
end
