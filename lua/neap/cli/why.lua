-- why: why a run, or a step of it, waits, was skipped, tried again or failed, and what comes next.
-- Owns the reading of the record; the sentences are neap.graph.why's.

local command = require "neap.cli.command"
local err = require "neap.base.err"
local exit = require "neap.cli.exit"
local native = require "neap.native"
local programs = require "neap.cli.program"
local style = require "neap.view.style"
local why = require "neap.graph.why"

local WIDEST = 2000 -- characters of a line

---The graph of a run, or nil: it is a workflow, or its script is gone or broken.
local function graph_of(o, run)
  local ok, program = pcall(programs.of, run.id, o)
  if not ok and not err.is_usage(program) and not command.is_refusal(program) then
    error(program, 0)
  end
  return ok and program.kind == "graph" and program.graph or nil
end

local function steps_of(host, run)
  local rows, by_key = command.query(host, "SELECT * FROM step WHERE run = ? ORDER BY n",
    { run.id }), {}
  for _, row in ipairs(rows) do
    by_key[row.key] = command.decode(row, { "args", "failure", "value" })
  end
  return rows, by_key
end

local function needs_of(graph, id, by_key)
  local needs = {}
  graph:each_need(id, function(on, mode)
    local name = graph.names[on]
    local state = by_key[name] and by_key[name].state or "pending"
    needs[#needs + 1] = { name = name, mode = mode, state = state }
  end)
  return needs
end

---Why a node was skipped for what it needs: the record has the cause, the graph the way there.
local function because_of(graph, row, by_key)
  if row.state ~= "skipped" or not row.cause then
    return nil
  end
  local found = { root = by_key[row.cause] }
  local id = graph and graph:id(row.key)
  for _, need in ipairs(id and needs_of(graph, id, by_key) or {}) do
    local of = by_key[need.name] or {}
    if need.mode == "hard" and (need.name == row.cause or of.cause == row.cause
      and not found.need) then
      found.need = need.name
    end
  end
  return found
end

---Every step on record, then the nodes that have not begun.
local function facts_of(host, run, graph)
  local rows, by_key = steps_of(host, run)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = { key = row.key, row = row, run = run, because = because_of(graph, row, by_key) }
  end
  for id, name in ipairs(graph and graph.names or {}) do
    if not by_key[name] then
      local asked = by_key[name .. "/approve"]
      list[#list + 1] = { key = name, run = run, needs = needs_of(graph, id, by_key),
        pool = graph.tasks[id].pool,
        asked = asked and asked.state == "waiting" and asked.args.question }
    end
  end
  return list
end

local function ends_of(host, run, key)
  local ends = {}
  for i, row in ipairs(command.query(host, [[SELECT attempt, data FROM event WHERE run = ?
      AND step = ? AND type = 'attempt.ended' ORDER BY n]], { run.id, key })) do
    ends[i] = native.json.decode(row.data)
    ends[i].attempt = row.attempt
  end
  return ends
end

local function one(host, run, list, key)
  for _, facts in ipairs(list) do
    if facts.key == key then
      facts.ends = ends_of(host, run, key)
      return facts
    end
  end
  local names = {}
  for i, facts in ipairs(list) do
    names[i] = facts.key
  end
  local near = require("neap.base.nearest").find(key, names)
  command.refuse(exit.USAGE, ("no step of %s is called %q"):format(run.name, key),
    near and ('did you mean "%s"?'):format(near) or "neap show RUN lists them")
end

return function(args, summary)
  local o = command.parse("why", summary, args, function(parser)
    parser:argument("run", "The run's id, or the beginning of it.")
    parser:argument("step", "One step or node of it."):args "?"
    command.read_options(parser)
  end)
  local host = command.open_to_read(o)
  local run = command.decode(command.attend(host, { command.find(host, o.run) })[1], { "failure" })
  local list = facts_of(host, run, graph_of(o, run))
  local now = command.now(host)
  local opts = { run = run.id, now_ms = now, orphan = run.state == "running" and run.orphan,
    time = function(at)
      return style.time(at, now)
    end }
  local facts = o.step and one(host, run, list, o.step)
  local lines = facts and why.step(facts, opts) or why.run(run, list, opts)
  host:close()
  if o.json then
    local because = facts and facts.because
    command.print_json { run = run.id, step = o.step, why = native.json.array(lines),
      because = because and { need = because.need, cause = facts.row.cause,
        failure = because.root and because.root.failure } }
  else
    for i, line in ipairs(lines) do
      lines[i] = style.line(line, WIDEST)
    end
    command.print(lines)
  end
  return exit.DONE
end
