-- graph: the nodes and needs of a script, or the live states of a run. Runs nothing.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"
local json = require("neap.native").json
local programs = require "neap.cli.program"
local view = require "neap.view.graph"

local function declare(parser)
  parser:argument("what", "A script, or a run.")
  parser:option("--format", "How to write it.", "text")
    :choices { "text", "dot", "mermaid", "json" }
  command.read_options(parser)
end

---States and measured seconds of a run's steps.
local function facts_of(steps)
  local states, durations = {}, {}
  for _, step in ipairs(steps or {}) do
    states[step.key], durations[step.key] = step.state, step.duration
  end
  return steps and states, steps and durations
end

local function picture_of(o)
  local program, run, host = programs.of(o.what, o)
  local steps = run and command.query(host,
    "SELECT key, kind, state, duration FROM step WHERE run = ? ORDER BY n", { run.id })
  if host then
    host:close()
  end
  if program.kind == "graph" then
    return programs.picture(program.graph, program.name, facts_of(steps))
  elseif not run then
    command.refuse(exit.USAGE, program.name .. " is a workflow: its steps are made as it runs",
      "neap graph RUN shows those of a run")
  end
  return programs.steps_picture(program.name, steps)
end

local function plain(picture)
  for _, node in ipairs(picture.nodes) do
    json.array(node.needs)
    node.guards = json.array(node.guards or {})
  end
  json.array(picture.nodes)
  json.array(picture.critical)
  return picture
end

return function(args, summary)
  local o = command.parse("graph", summary, args, declare)
  local picture = picture_of(o)
  if o.json or o.format == "json" then
    command.print_json(plain(picture))
  elseif o.format == "text" then
    command.print(view.text(picture, command.style()))
  else
    command.print(view[o.format](picture))
  end
  return exit.DONE
end
