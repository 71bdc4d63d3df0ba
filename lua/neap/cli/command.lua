-- command: what every command of `neap` shares: its arguments, its store, its output.
-- Owns how the world's refusals become messages and exit codes. Knows no command.

local err = require "neap.base.err"
local exit = require "neap.cli.exit"
local json = require "neap.base.json"
local native = require "neap.native"
local style = require "neap.view.style"

local M = {}

---A refusal that ends the command: shown as one line, with its exit code.
---@class neap.Refusal
local Refusal = {}
Refusal.__index = Refusal

---End the command with a message; never returns.
---@param code integer
---@param message string
---@param help? string
function M.refuse(code, message, help)
  error(setmetatable({ code = code, message = message, help = help }, Refusal), 0)
end

---@param value any
---@return boolean
function M.is_refusal(value)
  return type(value) == "table" and getmetatable(value) == Refusal
end

---Show what a command raised.
---@param raised any
---@return integer? code nil: it is a mistake in neap
function M.explain(raised)
  io.stdout:flush()
  if err.is_usage(raised) then
    raised.file = raised.file and M.relative(raised.file)
    io.stderr:write(err.render(raised), "\n")
    return exit.USAGE
  elseif M.is_refusal(raised) then
    M.complain(raised.message, raised.help)
    return raised.code
  end
end

---Read the arguments of a command with argparse.
---@param name string
---@param summary string
---@param args string[]
---@param declare fun(parser: table) adds arguments and options
---@return table
function M.parse(name, summary, args, declare)
  local parser = require("argparse")("neap " .. name, summary)
  parser.error = function(_, message)
    err.usage(message, { help = ("neap %s --help"):format(name) })
  end
  declare(parser)
  local options = parser:parse(args)
  if not native.sys.cwd() then
    M.refuse(exit.USAGE, "the current directory is gone", "cd to one that exists")
  end
  return options
end

---The options of every command that opens a store.
function M.store_option(parser)
  parser:option("--store", "The store's directory; default: the repository's, or .neap.")
    :argname "DIR"
end

---The options of every command that reads.
function M.read_options(parser)
  M.store_option(parser)
  parser:flag("--json", "Print JSON.")
end

---@param opts { store?: string, read_only?: boolean, create?: boolean, dir?: string }
---@param absent? boolean nil is returned for a store that is not there
---@return table? host
local function open(opts, absent)
  local host, problem = require("neap.host.host").open(opts)
  local missing = problem and problem.code == "not_found"
  if host or (absent and missing) then
    return host
  elseif missing and (opts.read_only or opts.create == false) then
    M.refuse(exit.STORE, opts.store and "there is no store in " .. opts.store
      or "there are no runs here, and no store", "neap run FILE makes one")
  end
  M.refuse(exit.STORE, problem.message)
end

---Open the store to run in, made where there is none; trouble ends the command with exit code 7.
---@param opts { store?: string, dir: string }
---@return table host
function M.open(opts)
  return open { store = opts.store, dir = opts.dir }
end

---Open the store that is there, to change it.
---@param opts { store?: string }
---@param absent? boolean nil is returned when there is none
---@return table host
function M.open_existing(opts, absent)
  return open({ store = opts.store, create = false }, absent)
end

---Open the store that is there, to read it, whoever else works with it.
---@param opts { store?: string, dir?: string }
---@param absent? boolean nil is returned when there is none
---@return table host
function M.open_to_read(opts, absent)
  return open({ store = opts.store, dir = opts.dir, read_only = true }, absent)
end

---A path as people say it: relative when it is below the current directory.
---@param path string
---@return string
function M.relative(path)
  local here = (native.sys.cwd() or "") .. "/"
  return path:sub(1, #here) == here and path:sub(#here + 1) or path
end

---Rows of a query on the store; a damaged store ends the command.
function M.query(host, sql, params)
  local rows, problem = host.store:query(sql, params)
  if not rows then
    M.refuse(exit.STORE, problem.message)
  end
  return rows
end

---The run that a person means: an id, the beginning of one, or the name of its newest run.
---@return table row
function M.find(host, word)
  local rows = M.query(host, [[SELECT * FROM run WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id
    LIMIT 2]], { word })
  if #rows == 0 then
    rows = M.query(host, "SELECT * FROM run WHERE name = ? ORDER BY seq DESC LIMIT 1", { word })
  end
  if #rows == 1 or (rows[1] and rows[1].id == word) then
    return rows[1]
  end
  M.refuse(exit.USAGE, ("%s %q"):format(#rows == 0 and "no run is called"
    or "more than one run begins with", word), "neap ls shows the runs")
end

---Says of runs that are not over whether they are orphans: no neap has them now.
---@param host neap.Host
---@param runs table[] their rows
---@return table[] runs
function M.attend(host, runs)
  local held = {}
  for _, lease in ipairs(M.query(host, "SELECT run, owner FROM lease WHERE owner > 0")) do
    held[lease.run] = host.store:alive(lease.owner)
  end
  for _, run in ipairs(runs) do
    if run.state == "running" or run.state == "waiting" then
      run.orphan = not held[run.id] or nil
    end
  end
  return runs
end

---Put a message into the inbox of a run and wait until it is on record.
function M.send(host, run_id, name, payload, id)
  local ack, problem
  host:send(run_id, name, payload, id, function(...)
    ack, problem = ...
    host.loop:stop()
  end)
  host.loop:run()
  if not ack then
    M.refuse(exit.STORE, problem.message)
  end
end

---Replace the JSON texts of `columns` by their values.
function M.decode(row, columns)
  for _, column in ipairs(columns) do
    if row[column] ~= nil then
      row[column] = native.json.decode(row[column])
    end
  end
  return row
end

---Colours only on a terminal, and never against NO_COLOR.
---@param fd? integer default 1
---@return neap.Style
function M.style(fd)
  local no_color = os.getenv("NO_COLOR")
  return style.new(native.sys.isatty(fd or 1) and (no_color == nil or no_color == "")
    and os.getenv("TERM") ~= "dumb")
end

---Milliseconds of wall time.
function M.now(host)
  return math.floor(host.loop:wall() * 1000)
end

---@param lines string[]
function M.print(lines)
  if #lines > 0 then
    io.stdout:write(table.concat(lines, "\n"), "\n")
  end
end

---Print what is on record as JSON; bytes are marked again, as they are there.
---@param value any
function M.print_json(value)
  io.stdout:write(json.encode_marked(value, { outer = true }), "\n")
end

---Print a problem in the form of all errors.
---@param message string
---@param help? string
function M.complain(message, help)
  io.stderr:write("error: ", style.clean(message), "\n", help and "help: " .. help .. "\n" or "")
end

return M
