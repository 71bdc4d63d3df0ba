-- graphs: the graphs that are run, as scripts of neap, of ninja and of make.
-- Owns one generator: node i needs 0 to 3 of the 200 before it, from a fixed seed, the same as in
-- the harness of the peers, so that every tool gets the same graph.

local M = {}

---@param n integer
---@return integer[][] needs of each node, from 0
function M.random(n)
  local seed = 12345
  local function below(k)
    -- 32-bit arithmetic without a multiplication that doubles cannot hold
    local high, low = math.floor(seed / 65536), seed % 65536
    seed = ((high * 1664525 % 65536) * 65536 + low * 1664525 + 1013904223) % 2 ^ 32
    return math.floor(seed / 2 ^ 32 * k)
  end
  local needs = { [0] = {} }
  for i = 1, n - 1 do
    local list, seen = {}, {}
    for _ = 1, below(4) do
      local on = i - 1 - below(math.min(i, 200))
      if not seen[on] then
        list[#list + 1], seen[on] = on, true
      end
    end
    needs[i] = list
  end
  return needs
end

---@param n integer
function M.flat(n)
  local needs = {}
  for i = 0, n - 1 do
    needs[i] = {}
  end
  return needs
end

local function write(path, parts)
  local file = assert(io.open(path, "w"))
  file:write(table.concat(parts))
  file:close()
end

local function names(list, format)
  local out = {}
  for i, on in ipairs(list) do
    out[i] = format:format(on)
  end
  return out
end

---A script of neap; `command(i)` is the table of node i up to its needs.
function M.neap(path, needs, command)
  local parts = { 'local task = require("neap").task\n' }
  for i = 0, #needs do
    local on = table.concat(names(needs[i], '"n%d"'), ", ")
    parts[#parts + 1] = ('task "n%d" { %s%s }\n'):format(i, command(i),
      on ~= "" and (", needs = { %s }"):format(on) or "")
  end
  write(path, parts)
end

---@param command string with OUT for the node's name
function M.ninja(path, needs, command)
  local parts = { "rule r\n  command = ", (command:gsub("OUT", "$out")), "\n" }
  for i = 0, #needs do
    parts[#parts + 1] = ("build n%d: r %s\n"):format(i, table.concat(names(needs[i], "n%d"), " "))
  end
  write(path, parts)
end

function M.make(path, needs, command)
  local parts = { "all:" }
  for i = 0, #needs do
    parts[#parts + 1] = " n" .. i
  end
  for i = 0, #needs do
    parts[#parts + 1] = ("\nn%d: %s\n\t@%s"):format(i, table.concat(names(needs[i], "n%d"), " "),
      (command:gsub("OUT", "$@")))
  end
  parts[#parts + 1] = "\n"
  write(path, parts)
end

return M
