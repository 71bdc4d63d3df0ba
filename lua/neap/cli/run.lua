-- run: start a script, or go on with its unfinished run, and stay until it ends.

local check = require "neap.base.check"
local command = require "neap.cli.command"
local drive = require "neap.cli.drive"
local exit = require "neap.cli.exit"
local native = require "neap.native"
local place = require "neap.host.place"

---Arguments as the script gets them: JSON objects and lists as tables, anything else as text.
local function values(args)
  local out = {}
  for i, text in ipairs(args) do
    if not check.is_utf8(text) then
      command.refuse(exit.USAGE, ("argument %d of the script is not UTF-8"):format(i))
    end
    out[i] = text:find("^%s*[{%[]") and native.json.decode(text) or text
  end
  return out
end

local function jobs(text)
  local n, problem = check.count(tonumber(text))
  return n, problem and ("-j: %s, not %s"):format(problem, check.shown(text))
end

---A key that an empty variable made would be one run for ever, for all who have none.
local function key(text)
  return text ~= "" and text or nil, "--key: must not be empty"
end

local function declare(parser)
  parser:argument("file", "The script.")
  parser:argument("args", "Its input: texts, or JSON objects; options of the script go after --.")
    :args "*"
  parser:option("--key", "A name for the run: (script, key) is one run for ever.")
    :argname("KEY"):convert(key)
  parser:flag("--new", "Start a new run, also when one is unfinished.")
  parser:option("-j --jobs", "At most N processes at once."):convert(jobs):argname "N"
  command.store_option(parser)
end

local SETTLED = 0.1 -- seconds after the run is on record

---What a script declares stays: until its run is under way a collector finds next to nothing.
local function collect_from(host)
  host.loop:timer(SETTLED, function()
    collectgarbage("restart")
  end)
end

---The script, loaded. A file that is gone may have a run that waits for it.
local function load(o, input)
  local dir = native.sys.realpath(place.dirname(o.file))
  local host = not native.sys.exists(o.file) and dir
    and command.open_to_read({ store = o.store, dir = place.home { dir = dir } }, true)
  local run = host and command.query(host, [[SELECT id FROM run WHERE file = ?
    AND ended_at IS NULL ORDER BY seq DESC LIMIT 1]], { dir .. "/" .. o.file:match("[^/]*$") })[1]
  if host then
    host:close()
  end
  if run then
    command.refuse(exit.USAGE, ("the script of run %s is gone: %s"):format(run.id, o.file),
      ("neap resume --recorded %s uses the source on record"):format(run.id))
  end
  return require("neap.host.script").load(o.file, input)
end

return function(args, summary)
  collectgarbage("stop")
  local o = command.parse("run", summary, args, declare)
  local input = values(o.args)
  local program = load(o, input)
  local host = command.open { store = o.store, dir = place.home(program) }
  local d = drive.new(host)
  d.starting = true
  host:run(program, { args = input, key = o.key, new = o.new, jobs = o.jobs, on_end = d:on_end(),
    dir = native.sys.cwd() }, function(run, how)
    d.starting = nil
    collect_from(host)
    if not run then
      return d:refused(how)
    end
    d:follow({ id = run.id, name = program.name }, how == "new" and "(new)" or "(continued)")
  end)
  local code
  if d.problem and d.problem.row then
    code = d:answer(d.problem.row.id, d.problem.untold)
  else
    code = d.problem and exit.STORE or d:finish()
    d:check()
  end
  host:close()
  return code
end
