-- check: load a script, report what is wrong with it, and run nothing. For a run that is open: the
-- steps on record that the script no longer has.

local command = require "neap.cli.command"
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
  local gone = run and rehearse.removed(host, run, program) or {}
  if host then
    host:close()
  end
  local nodes = program.kind == "graph" and #program.graph.names or nil
  if o.json then
    command.print_json { name = program.name, kind = program.kind, file = program.file,
      nodes = nodes, removed = json.array(gone) }
    return exit.DONE
  end
  command.print { nodes and ("%s: a graph of %d %s, nothing wrong"):format(program.name, nodes,
    nodes == 1 and "node" or "nodes")
    or ("%s: a workflow, nothing wrong"):format(program.name) }
  for _, key in ipairs(gone) do
    command.print { ("on record, and no longer in the script: %s"):format(key) }
  end
  return exit.DONE
end
