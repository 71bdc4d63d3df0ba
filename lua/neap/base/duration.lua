-- Durations, money and sizes as people write them: "1h30m", "$6", "10MB".
-- Parsed here, at the boundary, and nowhere else; inside, seconds, dollars and bytes are numbers.

local M = {}

local SECONDS = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

local BYTES = {
  [""] = 1, B = 1,
  KB = 1e3, MB = 1e6, GB = 1e9, TB = 1e12,
  KIB = 2 ^ 10, MIB = 2 ^ 20, GIB = 2 ^ 30, TIB = 2 ^ 40,
}

local LONGEST = 100 * 365.25 * SECONDS.d

---Seconds that a clock can count; more is a slip of the pen.
local function bounded(seconds)
  if seconds > LONGEST then
    return nil, "a duration must be at most 100 years"
  end
  return seconds
end

local function amount(value, what)
  if value ~= value or value < 0 or value == math.huge then
    return nil, what .. " must be a finite number, zero or more"
  end
  return value
end

---Seconds of "90s", "1h30m", "250ms", "2d" or of a bare number.
---@param value any
---@return number? seconds
---@return string? problem
function M.parse(value)
  if type(value) == "number" then
    local seconds, problem = amount(value, "a duration")
    if not seconds then
      return nil, problem
    end
    return bounded(seconds)
  end
  local total, at = 0, 1
  local text = type(value) == "string" and value:gsub("%s+", "") or ""
  while at <= #text do
    local digits, unit, stop = text:match("^(%d+%.?%d*)(%a+)()", at)
    if not digits or not SECONDS[unit] then
      total = nil
      break
    end
    total, at = total + tonumber(digits) * SECONDS[unit], stop
  end
  if text == "" or not total then
    return nil, 'must be a duration such as "90s", "1h30m" or a number of seconds'
  end
  return bounded(total)
end

---The text of a number of seconds: "250ms", "1.5s", "1h30m". Above a minute, whole seconds.
---@param seconds number
---@return string
function M.format(seconds)
  if seconds < 0.9995 then
    return seconds < 0.0005 and "0s" or ("%.0fms"):format(seconds * 1000)
  elseif seconds < 59.95 then
    return (("%.1f"):format(seconds):gsub("%.0$", "")) .. "s"
  end
  local left, parts = math.floor(seconds + 0.5), {}
  for _, unit in ipairs { "d", "h", "m", "s" } do
    local n = math.floor(left / SECONDS[unit])
    left = left - n * SECONDS[unit]
    if n > 0 then
      parts[#parts + 1] = ("%d%s"):format(n, unit)
    end
  end
  return table.concat(parts)
end

---Dollars of "$6", "$0.50" or of a bare number.
---@param value any
---@return number? dollars
---@return string? problem
function M.parse_money(value)
  if type(value) == "number" then
    return amount(value, "money")
  end
  local digits = type(value) == "string" and value:match("^%s*%$%s*(%d+%.?%d*)%s*$")
  if not digits then
    return nil, 'must be money such as "$6" or "$0.50"'
  end
  return tonumber(digits)
end

---Bytes of "10MB" (powers of 1,000), "1MiB" (powers of 1,024) or of a bare number.
---@param value any
---@return number? bytes
---@return string? problem
function M.parse_size(value)
  if type(value) == "number" then
    return amount(value, "a size")
  end
  local digits, unit
  if type(value) == "string" then
    digits, unit = value:match("^%s*(%d+%.?%d*)%s*(%a*)%s*$")
  end
  local scale = unit and BYTES[unit:upper()]
  if not scale then
    return nil, 'must be a size such as "10MB" or "1MiB"'
  end
  return math.floor(tonumber(digits) * scale)
end

return M
