-- Run from the top: neap lua spec/roman_spec.lua
local roman = dofile "roman.lua"

local EXPECTED = {
  { 3, "III" }, { 4, "IV" }, { 9, "IX" }, { 14, "XIV" }, { 40, "XL" }, { 90, "XC" },
  { 400, "CD" }, { 900, "CM" }, { 1994, "MCMXCIV" }, { 2026, "MMXXVI" },
}

local failures = 0
for _, row in ipairs(EXPECTED) do
  local got = roman(row[1])
  if got ~= row[2] then
    failures = failures + 1
    print(("FAIL roman(%d) is %s, not %s"):format(row[1], got, row[2]))
  end
end
print(("%d of %d are right"):format(#EXPECTED - failures, #EXPECTED))
os.exit(failures == 0 and 0 or 1)
