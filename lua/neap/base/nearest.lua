-- The word that was probably meant: edit distance over a list of known names.
-- Pure. Uses nothing.

local M = {}

---Edit distance with transpositions, row by row.
local function distance(a, b)
  local before, last = nil, {}
  for j = 0, #b do
    last[j] = j
  end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
      if before and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, last = last, row
  end
  return last[#b]
end

---The entry of `list` that was probably meant, or nil when nothing is near.
---@param word string
---@param list string[]
---@return string?
function M.find(word, list)
  local best, best_distance = nil, math.max(1, math.floor(#word / 3)) + 1
  for _, known in ipairs(list) do
    local d = distance(word:lower(), known:lower())
    if d < best_distance then
      best, best_distance = known, d
    end
  end
  return best
end

---"did you mean …?", or the whole list when nothing is near.
---@param word string
---@param list string[]
---@param what string e.g. "options"
---@return string
function M.help(word, list, what)
  local nearest = M.find(word, list)
  if nearest then
    return ('did you mean "%s"?'):format(nearest)
  end
  return ("known %s: %s"):format(what, table.concat(list, ", "))
end

return M
