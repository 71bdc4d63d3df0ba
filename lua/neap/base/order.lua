-- Order that can be seen: tables walked by sorted keys.
-- `pairs` differs from process to process; whatever is printed, hashed or started uses this.

local M = {}

---Numbers before everything else, ascending; the rest bytewise by its text.
local function before(a, b)
  local number_a, number_b = type(a) == "number", type(b) == "number"
  if number_a and number_b then
    return a < b
  end
  if number_a ~= number_b then
    return number_a
  end
  return tostring(a) < tostring(b)
end

---The keys of `t`, sorted.
---@param t table
---@return any[]
function M.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys, before)
  return keys
end

---Iterates like `pairs`, in the order of the keys taken now.
---@generic K, V
---@param t table<K, V>
---@return fun(): K, V
function M.sorted_pairs(t)
  local keys, i = M.sorted_keys(t), 0
  return function()
    i = i + 1
    local key = keys[i]
    if key ~= nil then
      return key, t[key]
    end
  end
end

return M
