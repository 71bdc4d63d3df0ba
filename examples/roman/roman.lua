-- Roman numerals: luajit roman.lua 1994
local NUMERALS = {
  { 1000, "M" },
  { 500, "D" },
  { 100, "C" },
  { 50, "L" },
  { 10, "X" },
  { 5, "V" },
  { 1, "I" },
}

local function roman(n)
  local parts = {}
  for _, row in ipairs(NUMERALS) do
    while n >= row[1] do
      parts[#parts + 1] = row[2]
      n = n - row[1]
    end
  end
  return table.concat(parts)
end

return roman
