-- Names for runs: 16 characters, lowercase Crockford base32, sorted by time of birth.
-- Pure: the clock and the chance are arguments.

local M = {}

local DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"

---`n` base32 digits of `value`, the most significant first.
local function digits(value, n)
  local out = {}
  for i = n, 1, -1 do
    local digit = value % 32
    out[i] = DIGITS:sub(digit + 1, digit + 1)
    value = (value - digit) / 32
  end
  return table.concat(out)
end

---A fresh identifier: 9 characters of time (ms, until the year 3084), 7 of chance.
---@param wall_ms number milliseconds since the epoch
---@param random_bytes string at least 5 random bytes
---@return string
function M.new(wall_ms, random_bytes)
  local a, b, c, d, e = random_bytes:byte(1, 5)
  local chance = (((a * 256 + b) * 256 + c) * 256 + d) * 256 + e
  return digits(math.floor(wall_ms), 9) .. digits(chance, 7)
end

return M
