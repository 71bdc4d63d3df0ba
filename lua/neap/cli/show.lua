-- show: one run: its steps, their attempts and its errors.

local command = require "neap.cli.command"
local native = require "neap.native"

local function page_of(host, run)
  local page = { run = command.decode(command.attend(host, { run })[1], { "failure", "waits" }) }
  page.steps = command.query(host, "SELECT * FROM step WHERE run = ? ORDER BY n", { run.id })
  page.attempts = command.query(host, [[SELECT * FROM attempt WHERE run = ?
    ORDER BY step, generation, attempt]], { run.id })
  page.errors = command.query(host, "SELECT * FROM error WHERE run = ? ORDER BY seq", { run.id })
  for _, step in ipairs(page.steps) do
    command.decode(step, { "args", "failure" })
  end
  return page
end

---Everything decoded: what a program wants to read.
local function plain(page)
  command.decode(page.run, { "args", "result" })
  for _, step in ipairs(page.steps) do
    command.decode(step, { "value", "patch", "budgets" })
  end
  for _, attempt in ipairs(page.attempts) do
    command.decode(attempt, { "argv" })
  end
  for _, row in ipairs(page.errors) do
    command.decode(row, { "context" })
  end
  local array = native.json.array
  return { run = page.run, steps = array(page.steps), attempts = array(page.attempts),
    errors = array(page.errors) }
end

return function(args, summary)
  local o = command.parse("show", summary, args, function(parser)
    parser:argument("run", "The run's id, or the beginning of it.")
    command.read_options(parser)
  end)
  local host = command.open_to_read(o)
  local page = page_of(host, command.find(host, o.run))
  if o.json then
    command.print_json(plain(page))
  else
    command.print(require("neap.view.run").render(page,
      { style = command.style(), now_ms = command.now(host) }))
  end
  host:close()
  return 0
end
