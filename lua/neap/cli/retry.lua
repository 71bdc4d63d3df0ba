-- retry: a stalled run once more: the step that stalled it gets fresh budgets, what is done stays.

local command = require "neap.cli.command"
local drive = require "neap.cli.drive"
local exit = require "neap.cli.exit"

local function declare(parser)
  parser:argument("run", "The run's id, or the beginning of it.")
  parser:flag("--recorded", "Use the script as it is on record, not its file.")
  command.store_option(parser)
end

return function(args, summary)
  local o = command.parse("retry", summary, args, declare)
  local host = command.open_existing(o)
  local row = command.find(host, o.run)
  if row.state ~= "stalled" then
    command.refuse(exit.USAGE, ("run %s is %s: only a stalled run can be retried")
      :format(row.id, row.state), row.ended_at and "neap run --new FILE starts over" or nil)
  end
  local failure = command.decode(row, { "failure" }).failure
  local d = drive.new(host)
  d.starting = true
  host:continue(row.id, host:program_of(row, o.recorded),
    { on_end = d:on_end(), reopen = failure.step }, function(run, problem)
      d.starting = nil
      if not run then
        return d:refused(problem)
      end
      d:follow(row, "(continued)")
    end)
  local code = d:finish()
  d:check()
  host:close()
  return code
end
