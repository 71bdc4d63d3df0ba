-- ls: the runs of the store, newest first.

local command = require "neap.cli.command"

local SHOWN = 100

-- A question may wait while other tasks of its run go on.
local COLUMNS = [[id, name, key, file, args, state, reason, waits, created_at, updated_at, ended_at,
  CASE WHEN state IN ('running', 'waiting') THEN (SELECT json_insert(args, '$.step', key) FROM step
    WHERE run = run.id AND state = 'waiting' AND args ->> '$.question' IS NOT NULL
    ORDER BY n LIMIT 1) END AS asks]]

---Newest first: ids are in the order of time.
local function rows_of(host, where, params, limit)
  return command.query(host, ("SELECT %s FROM run%s ORDER BY id DESC%s"):format(COLUMNS, where,
    limit and " LIMIT " .. limit or ""), params)
end

local function print_json(host, where, params)
  local rows = command.attend(host, rows_of(host, where, params))
  for _, row in ipairs(rows) do
    command.decode(row, { "args", "asks", "waits" })
  end
  command.print_json(require("neap.native").json.array(rows))
end

local function print_table(host, where, params, limit)
  local rows = command.attend(host, rows_of(host, where, params, limit))
  for _, row in ipairs(rows) do
    command.decode(row, { "asks", "waits" })
  end
  local total = #rows
  if total == limit then
    total = command.query(host, "SELECT count(*) AS n FROM run" .. where, params)[1].n
  end
  command.print(require("neap.view.runs").render(rows,
    { style = command.style(), now_ms = command.now(host), total = total }))
end

return function(args, summary)
  local o = command.parse("ls", summary, args, function(parser)
    command.read_options(parser)
    parser:flag("-a --all", ("All runs, not only the newest %d."):format(SHOWN))
    parser:option("--state", "Only the runs in this state."):argname "STATE"
  end)
  local host = command.open_to_read(o, o.store == nil)
  if not host then
    command.print { o.json and "[]" or "no runs yet" }
    return 0
  end
  local where = o.state and " WHERE state = ?" or ""
  local params = o.state and { o.state } or nil
  if o.json then
    print_json(host, where, params)
  else
    print_table(host, where, params, not o.all and SHOWN or nil)
  end
  host:close()
  return 0
end
