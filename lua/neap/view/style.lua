-- style: how text looks on a terminal: colours, columns, times, and what is safe to print.
-- Pure. Owns no words; refuses to know what is shown.

local M = {}

local UNITS = { { "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 0 } }

local CODES = {
  bold = "1", dim = "2", red = "31", green = "32", yellow = "33", blue = "34", cyan = "36",
}

---The colour of a state, the same everywhere.
local STATES = {
  completed = "green", failed = "red", stalled = "red", skipped = "dim", cancelled = "dim",
  running = "cyan", retrying = "yellow", waiting = "yellow", pending = "dim", intended = "dim",
}

---@class neap.Style
---@field color boolean
local Style = {}
Style.__index = Style

---@param color boolean whether escape codes may be written
---@return neap.Style
function M.new(color)
  return setmetatable({ color = color }, Style)
end

---@param name string one of bold, dim, red, green, yellow, blue, cyan
---@param text string
---@return string
function Style:paint(name, text)
  if not self.color or not CODES[name] or text == "" then
    return text
  end
  return ("\27[%sm%s\27[0m"):format(CODES[name], text)
end

---A state, or a text about it, in the colour of the state.
---@param state string
---@param text? string
---@return string
function Style:state(state, text)
  return self:paint(STATES[state] or "", text or state)
end

---Text of other people without what would move the cursor; tabs become spaces.
---@param text string
---@return string
function M.clean(text)
  text = tostring(text)
  if not text:find("[%z\1-\31\127]") then
    return text
  end
  text = text:gsub("\27%[[%d;?]*%a", ""):gsub("\t", "  ")
  return (text:gsub("[%z\1-\9\11-\31\127]", ""))
end

---The first line of a text, cleaned and cut to `width` characters.
---@param text string
---@param width? integer default 160
---@return string
function M.line(text, width)
  width = width or 160
  text = M.clean(text)
  local stop = text:find("\n", 1, true)
  text = stop and text:sub(1, stop - 1) or text
  if #text <= width or M.width(text) <= width then
    return text
  end
  local count = 0
  for at in text:gmatch("()[^\128-\191]") do
    count = count + 1
    if count == width then
      return text:sub(1, at - 1) .. "…"
    end
  end
end

---Characters of a UTF-8 text.
---@param text string
---@return integer
function M.width(text)
  if not text:find("[\128-\255]") then
    return #text
  end
  local _, continuation = text:gsub("[\128-\191]", "")
  return #text - continuation
end

---@param text string
---@param width integer
---@return string
function M.pad(text, width)
  return text .. (" "):rep(width - M.width(text))
end

---Rows of plain cells as lines with aligned columns; `paint(column, cell, row)` may colour them.
---@param rows string[][]
---@param paint? fun(column: integer, cell: string, row: integer): string
---@return string[]
function M.columns(rows, paint)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, M.width(cell))
    end
  end
  for n, row in ipairs(rows) do
    local out = {}
    for i, cell in ipairs(row) do
      local gap = i < #row and (" "):rep(widths[i] - M.width(cell) + 2) or ""
      out[i] = (paint and paint(i, cell, n) or cell) .. gap
    end
    lines[n] = (table.concat(out):gsub("%s+$", ""))
  end
  return lines
end

---A moment in local time: the date only when it is not today's.
---@param at_ms number
---@param now_ms number
---@return string
function M.time(at_ms, now_ms)
  local day = os.date("%Y-%m-%d", at_ms / 1000)
  local clock = os.date("%H:%M:%S", at_ms / 1000)
  return day == os.date("%Y-%m-%d", now_ms / 1000) and clock or day .. " " .. clock
end

---How long ago, in the largest unit.
---@param at_ms number
---@param now_ms number
---@return string
function M.ago(at_ms, now_ms)
  local seconds = math.max(0, math.floor((now_ms - at_ms) / 1000))
  for _, unit in ipairs(UNITS) do
    if seconds >= unit[2] then
      return ("%d%s ago"):format(math.floor(seconds / math.max(unit[2], 1)), unit[1])
    end
  end
end

return M
