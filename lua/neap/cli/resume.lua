-- resume: go on with what is due and leave when the rest only waits. With RUN, with that run.

local command = require "neap.cli.command"
local drive = require "neap.cli.drive"
local exit = require "neap.cli.exit"

-- Not over, not stalled, and not waiting for a time to come or a message that is not there.
local DUE = [[SELECT * FROM run r WHERE ended_at IS NULL AND state <> 'stalled'
  AND (state <> 'waiting' OR waits ->> 'until' <= ?
    OR EXISTS (SELECT 1 FROM inbox i WHERE i.run = r.id)) ORDER BY seq]]

local function declare(parser)
  parser:argument("run", "The run's id, or the beginning of it; default: all that is due.")
    :args "?"
  parser:flag("--recorded", "Use the script as it is on record, not its file.")
  command.store_option(parser)
end

---One more of the runs has begun to go on, or will not.
local function count(d)
  d.starting = d.starting > 1 and d.starting - 1 or nil
end

---The script of a run. One that is gone or broken is said, and the other runs go on.
local function program_of(host, d, row, recorded)
  local ok, program = pcall(host.program_of, host, row, recorded)
  if ok then
    return program
  end
  d.codes[command.explain(program) or error(program, 0)] = true
end

---Go on with one run; a run that another neap holds is left to it.
local function go_on(host, d, row, recorded)
  local program = program_of(host, d, row, recorded)
  if not program then
    return count(d)
  end
  host:continue(row.id, program, { on_end = d:on_end() }, function(run, problem)
    count(d)
    if run then
      d:follow(row, "(continued)")
    elseif problem.code == "busy" then
      d:say(problem.message)
    else
      d:refused(problem)
    end
    if not d.starting and next(d.open) == nil then
      host.loop:stop()
    end
  end)
end

return function(args, summary)
  local o = command.parse("resume", summary, args, declare)
  local host = command.open_existing(o, o.run == nil and o.store == nil)
  if not host then
    command.print { "nothing is due" }
    return exit.DONE
  end
  local rows = o.run and { command.find(host, o.run) }
    or command.query(host, DUE, { command.now(host) })
  if o.run and rows[1].ended_at then
    command.refuse(exit.FAILED, ("run %s is over: %s"):format(rows[1].id, rows[1].state))
  elseif #rows == 0 then
    command.print { "nothing is due" }
    host:close()
    return exit.DONE
  end
  local d = drive.new(host, { parks = true })
  d.starting = #rows
  for _, row in ipairs(rows) do
    go_on(host, d, row, o.recorded)
  end
  local code = d:finish()
  d:check()
  host:close()
  return code
end
