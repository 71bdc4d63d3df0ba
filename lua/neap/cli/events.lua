-- events: the journal of a run, a line for each event; with --json, one JSON object a line.

local command = require "neap.cli.command"
local view = require "neap.view.events"

local PAGE = 1000

---@param print fun(event: table)
local function each(host, run, after, limit, print)
  local left = limit or math.huge
  while left > 0 do
    local page = command.query(host, [[SELECT seq, n, type, version, at, step, attempt, fence,
      actor, cause, command, data FROM event WHERE run = ? AND n > ? ORDER BY n LIMIT ?]],
      { run, after, math.min(PAGE, left) })
    for _, event in ipairs(page) do
      print(event)
    end
    if #page < PAGE then
      return
    end
    after, left = page[#page].n, left - #page
  end
end

return function(args, summary)
  local o = command.parse("events", summary, args, function(parser)
    parser:argument("run", "The run's id, or the beginning of it.")
    parser:option("--after", "Only events after number N of the run.", "0"):convert(tonumber)
      :argname "N"
    parser:option("--limit", "At most N events."):convert(tonumber):argname "N"
    command.read_options(parser)
  end)
  local host = command.open_to_read(o)
  local run = command.find(host, o.run)
  local opts = { style = command.style(), now_ms = command.now(host) }
  each(host, run.id, o.after, o.limit, function(event)
    if o.json then
      event.run = run.id
      command.print_json(command.decode(event, { "data" }))
    else
      io.stdout:write(view.line(event, opts), "\n")
    end
  end)
  host:close()
  return 0
end
