-- check: load a script, report what is wrong with it, and run nothing. For a run that is open: the
-- steps on record that the script no longer has, and the one that it has as something else.

local command = require "neap.cli.command"
local err = require "neap.base.err"
local exit = require "neap.cli.exit"
local json = require("neap.native").json
local place = require "neap.host.place"
local programs = require "neap.cli.program"
local rehearse = require "neap.host.rehearse"

local function declare(parser)
  parser:argument("what", "A script, or a run.")
  command.read_options(parser)
end

---The newest unfinished run of a script, and the host that has it.
local function unfinished(program, o)
  local host = command.open_to_read({ store = o.store, dir = place.home(program) }, true)
  local run = host and command.query(host, [[SELECT * FROM run WHERE file = ?
    AND ended_at IS NULL ORDER BY seq DESC LIMIT 1]], { program.file })[1]
  return run, host
end

return function(args, summary)
  local o = command.parse("check", summary, args, declare)
  local program, run, host = programs.of(o.what, o)
  if not run then
    run, host = unfinished(program, o)
  end
  local gone, diverged = {}, nil
  if run then
    gone, diverged = rehearse.removed(host, run, program)
  end
  if host then
    host:close()
  end
  local nodes = program.kind == "graph" and #program.graph.names or nil
  if o.json then
    command.print_json { name = program.name, kind = program.kind, file = program.file,
      nodes = nodes, removed = json.array(gone), diverged = diverged }
    return diverged and exit.USAGE or exit.DONE
  end
  command.print { ("%s: %s, %s"):format(program.name, nodes and ("a graph of %d %s"):format(nodes,
    nodes == 1 and "node" or "nodes") or "a workflow",
    diverged and "and it does not fit what is on record" or "nothing wrong") }
  for _, key in ipairs(gone) do
    command.print { ("on record, and no longer in the script: %s"):format(key) }
  end
  if diverged then
    err.usage(diverged.message, { file = diverged.file, line = diverged.line,
      help = "put back what it was, or give the changed step a new name" })
  end
  return exit.DONE
end
