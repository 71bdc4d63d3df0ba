-- Loads a graph as a script would be loaded: `load(function(task) … end)`.
local err = require "neap.base.err"
local tasks = require "neap.graph.task"

local M = {}

---The graph that `declare(task)` makes; a usage error is raised.
function M.graph(declare)
  local ok, value, graph = tasks.collect("spec", function()
    declare(tasks.task)
  end)
  if not ok then
    error(value, 0)
  end
  return graph
end

---What a person sees when the script `text` is refused; its file is shown as graph.lua.
function M.refusal(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local chunk = assert(loadstring(text, "@" .. path))
  local env = { task = tasks.task, retry = require "neap.retry" }
  setfenv(chunk, setmetatable(env, { __index = _G }))
  local ok, problem = tasks.collect(path, chunk)
  local shown = not ok and err.is_usage(problem) and err.render(problem) or tostring(problem)
  os.remove(path)
  assert(not ok, "the script was not refused")
  for _, name in ipairs { path, path:match("[^/]+$") } do
    shown = shown:gsub((name:gsub("%p", "%%%0")), "graph.lua")
  end
  return shown
end

return M
