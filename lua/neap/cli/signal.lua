-- signal: a message into the inbox of a run; one that waits for it goes on.

local command = require "neap.cli.command"
local exit = require "neap.cli.exit"
local native = require "neap.native"

---The payload: JSON, or the text itself when it is none.
local function payload(text)
  if text == nil then
    return native.json.null
  end
  local value = native.json.decode(text)
  if value == nil then
    return text
  end
  return value
end

return function(args, summary)
  local o = command.parse("signal", summary, args, function(parser)
    parser:argument("run", "The run's id, or the beginning of it.")
    parser:argument("name", "What the run receives: w:receive(NAME).")
    parser:argument("payload", "JSON, or a text."):args "?"
    parser:option("--command", "A word that makes sending it twice count once."):argname "ID"
    command.store_option(parser)
  end)
  if o.name == "" or o.name:find("%c") then
    command.refuse(exit.USAGE, ("no run receives %q"):format(o.name))
  end
  local host = command.open_existing(o)
  local run = command.find(host, o.run)
  if run.ended_at then
    command.refuse(exit.FAILED, ("run %s is over: %s"):format(run.id, run.state))
  end
  command.send(host, run.id, o.name, payload(o.payload), o.command)
  command.print { ("sent to %s (%s)"):format(run.id, run.name) }
  host:close()
  return exit.DONE
end
