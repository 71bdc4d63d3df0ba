-- script: a file as a program that can run: its function, its name, its sources.
-- Owns loading, in the sandbox; every source that is read is remembered for the record.

local err = require("neap.base.err")
local failure = require("neap.run.failure")
local native = require("neap.native")
local place = require("neap.host.place")
local sandbox = require("neap.run.sandbox")

local M = {}

---@class neap.Program
---@field name string
---@field kind "workflow"|"graph"
---@field fn fun(w: table, ...): any
---@field file string absolute path
---@field dir string its directory
---@field sources table<string, string> text by path
---@field graph? table
---@field lines? table

---A value that `neap.workflow "name" (function … end)` makes.
local Workflow = {}
Workflow.__index = Workflow

---Define a workflow: `neap.workflow "name" (function(w, …) … end)`.
---@param name string
function M.workflow(name)
  local check = require("neap.base.check")
  check.name("workflow", name)
  return check.form(function(fn)
    if type(fn) ~= "function" then
      err.usage(("workflow \"%s\" needs a function, not %s"):format(name, type(fn)))
    end
    return setmetatable({ name = name, fn = fn }, Workflow)
  end)
end

function M.is_workflow(value)
  return type(value) == "table" and getmetatable(value) == Workflow
end

local function reader(sources, recorded)
  return function(path)
    local text = recorded and recorded[path]
    if not recorded then
      text = native.sys.read(path)
    end
    sources[path] = text
    return text
  end
end

---The names a text asks `require` for. Found by the plain word first: a pattern is tried at every
---byte of a text.
local function required(text)
  local names, _, at = {}, text:find("require", 1, true)
  while at do
    names[#names + 1] = text:match("^%s*%(?%s*[\"']([%w_%.%-]+)[\"']", at + 1)
    _, at = text:find("require", at + 1, true)
  end
  return names
end

---Modules beside the script that it may ask for later belong to its record too.
local function read_modules(dir, sources, read)
  local texts = {}
  for _, text in pairs(sources) do
    texts[#texts + 1] = text
  end
  while #texts > 0 do
    for _, name in ipairs(required(table.remove(texts))) do
      for _, path in ipairs(sandbox.places(dir, name)) do
        local text = not sources[path] and native.sys.exists(path) and read(path)
        texts[#texts + 1] = text or nil
      end
    end
  end
end

---A Lua error at load is a mistake in the script: what, where, no traceback. Of a long path Lua
---shows the end; the sources know the whole.
local function load_error(problem, file, sources)
  if err.is_usage(problem) then
    problem.file = problem.file or file
    error(problem, 0)
  end
  local text = failure.message(problem)
  local at, line, what = text:match("^([^\n]-):(%d+): (.-):?%f[\n%z]")
  local tail = at and at:match("^%.%.%.(.*)$")
  for path in pairs(tail and sources or {}) do
    at = path:sub(-#tail) == tail and path or at
  end
  err.usage(what or text, { file = at or file, line = tonumber(line) })
end

---Load a script.
---@param file string path
---@param args string[] its arguments, `...` of the chunk
---@param recorded? table<string, string> sources on record, instead of the files
---@return neap.Program
function M.load(file, args, recorded)
  local path = recorded and file or native.sys.realpath(file)
  if not path then
    err.usage("there is no script " .. file, { help = "neap run FILE [ARGUMENT …]" })
  end
  local sources, dir = {}, place.dirname(path)
  local read = reader(sources, recorded)
  local env = sandbox.new(dir, read)
  local collect = require("neap.graph.task").collect
  local chunk, problem = sandbox.load(path, env, read)
  if not chunk then
    if problem then
      load_error(problem, path, sources)
    end
    local _, unread = native.sys.read(path)
    err.usage(unread and unread.message or "there is no source on record of " .. path,
      { file = path })
  end
  local ok, value, graph = collect(path, function()
    return chunk(unpack(args))
  end)
  if not ok then
    load_error(value, path, sources)
  end
  if not recorded then
    read_modules(dir, sources, read)
  end
  return M.program(value, graph, { file = path, dir = dir, sources = sources })
end

---What the script defined: a workflow it returned, or the tasks it declared.
function M.program(value, graph, program)
  local base = (program.file:match("([^/]+)$"):gsub("%.lua$", ""))
  if M.is_workflow(value) then
    if graph then
      err.usage("the script declares tasks and returns a workflow; it can be one of them",
        { file = program.file })
    end
    program.kind, program.name, program.fn = "workflow", value.name, value.fn
  elseif graph then
    program.kind, program.name, program.graph = "graph", base, graph
  elseif value ~= nil then
    err.usage(("the script returned a %s, and neap runs a workflow or tasks"):format(type(value)),
      { file = program.file, help = "return neap.workflow \"name\" (function(w) … end)" })
  else
    err.usage("the script defines no task and returns no workflow",
      { file = program.file, help = "task \"build\" { \"make\" }" })
  end
  return program
end

return M
