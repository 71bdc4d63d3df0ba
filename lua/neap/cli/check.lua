-- check: load a script, report what is wrong with it, and run nothing. For a run that is open: the
-- steps on record that the script no longer has.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"
local json = require("neap.native").json
local programs = require "neap.cli.program"

local function declare(parser)
  parser:argument("what", "A script, or a run.")
  command.read_options(parser)
end

---Recorded steps of a run that its graph has no node for.
local function removed(program, run, host)
  local keys = {}
  if run and program.kind == "graph" then
    local rows = command.query(host, "SELECT key FROM step WHERE run = ? ORDER BY key", { run.id })
    for _, row in ipairs(rows) do
      if not program.graph.ids[row.key:match("^[^/]*")] then
        keys[#keys + 1] = row.key
      end
    end
  end
  return keys
end

return function(args, summary)
  local o = command.parse("check", summary, args, declare)
  local program, run, host = programs.of(o.what, o)
  local gone = removed(program, run, host)
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
