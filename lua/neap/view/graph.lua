-- graph: a task graph as text, DOT, Mermaid or data. Pure.

local duration = require "neap.base.duration"
local style = require "neap.view.style"

local M = {}

---@class neap.GraphNode
---@field name string
---@field needs { name: string, mode: "hard"|"soft"|"skip" }[]
---@field state? string of the run, when there is one
---@field runs? string what it runs, on one line
---@field guards? string[] "attempts 3", "timeout 10m", "pool browsers"

---@class neap.GraphPicture
---@field name string
---@field nodes neap.GraphNode[] in an order in which needs come first
---@field critical string[] names on the longest path
---@field seconds? number length of the longest path, where it was measured

local function need_text(node)
  local parts = {}
  for i, need in ipairs(node.needs) do
    parts[i] = need.mode == "hard" and need.name or ("%s (%s)"):format(need.name, need.mode)
  end
  return table.concat(parts, ", ")
end

---@param picture neap.GraphPicture
---@param paint neap.Style
---@return string[]
function M.text(picture, paint)
  local rows, edges, states = { { "TASK", "NEEDS", "RUNS", "" } }, 0, false
  for i, node in ipairs(picture.nodes) do
    edges = edges + #node.needs
    states = states or node.state ~= nil
    rows[i + 1] = { node.name, need_text(node), style.line(node.runs or "", 48),
      table.concat(node.guards or {}, ", ") }
  end
  for i, row in ipairs(rows) do
    if states then
      table.insert(row, 2, i == 1 and "STATE" or picture.nodes[i - 1].state or "-")
    end
  end
  local lines = style.columns(rows, function(column, cell, row)
    if row == 1 then
      return paint:paint("dim", cell)
    end
    return states and column == 2 and paint:state(cell) or cell
  end)
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("%s: %d nodes, %d needs"):format(picture.name, #picture.nodes, edges)
  if #picture.critical > 1 then
    lines[#lines + 1] = ("longest path: %s%s"):format(table.concat(picture.critical, " -> "),
      picture.seconds and (" (%s)"):format(duration.format(picture.seconds)) or "")
  end
  return lines
end

local FILLS = {
  completed = "#c8e6c9", failed = "#ffcdd2", running = "#bbdefb", skipped = "#eeeeee",
  waiting = "#fff9c4", retrying = "#fff9c4",
}

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

---@param picture neap.GraphPicture
---@return string[]
function M.dot(picture)
  local lines = { ("digraph %s {"):format(quoted(picture.name)), "  rankdir=LR; node [shape=box];" }
  for _, node in ipairs(picture.nodes) do
    lines[#lines + 1] = ("  %s%s;"):format(quoted(node.name), FILLS[node.state]
      and (' [style=filled, fillcolor="%s"]'):format(FILLS[node.state]) or "")
    for _, need in ipairs(node.needs) do
      lines[#lines + 1] = ("  %s -> %s%s;"):format(quoted(need.name), quoted(node.name),
        need.mode ~= "hard" and (' [style=dashed, label="%s"]'):format(need.mode) or "")
    end
  end
  lines[#lines + 1] = "}"
  return lines
end

-- What a label of Mermaid would read as markup: HTML, its own entities, Markdown, escapes.
local ENTITIES = { ['"'] = "#quot;", ["<"] = "#lt;", [">"] = "#gt;", ["&"] = "#amp;",
  ["#"] = "#35;", ["`"] = "#96;", ["\\"] = "#92;" }

---@param picture neap.GraphPicture
---@return string[]
function M.mermaid(picture)
  local lines, ids = { "graph LR" }, {}
  for i, node in ipairs(picture.nodes) do
    ids[node.name] = "n" .. i
    lines[#lines + 1] = ('  n%d["%s"]'):format(i, (node.name:gsub('["<>&#`\\]', ENTITIES)))
    if FILLS[node.state] then
      lines[#lines + 1] = ("  style n%d fill:%s"):format(i, FILLS[node.state])
    end
  end
  for _, node in ipairs(picture.nodes) do
    for _, need in ipairs(node.needs) do
      lines[#lines + 1] = ("  %s %s %s"):format(ids[need.name],
        need.mode == "hard" and "-->" or ("-. %s .->"):format(need.mode), ids[node.name])
    end
  end
  return lines
end

return M
