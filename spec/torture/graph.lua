-- graph: random graphs of real processes, for spec/torture: commands, Lua nodes, retries, soft
-- failures, children that leave their group. Each says in `log` that it began, with its mark, and
-- holds a lock that no two attempts of one step may hold at once.

local M = {}

M.HEAD = [[
local neap = require "neap"
local function sh(name, body)
  return ("exec 9>lock.%s; flock -n 9 || echo overlap %s >>log; echo $NEAP_ATTEMPT >>log; %s")
    :format(name, name, body)
end
]]

local HEAD = M.HEAD .. "local task = neap.task\n"

local BODIES = {
  plain = [[{ sh = sh("%s", "sleep %.3f; echo %s"), %s }]],
  escapes = [[{ sh = sh("%s", "setsid sleep 30 & sleep %.3f; echo %s"), grace = 1, %s }]],
  retried = [[{ sh = sh("%s", "sleep %.3f; echo %s; [ -e tried.%s ] || { : >tried.%s; exit 1; }"),
    retry = { attempts = 3, initial = 0.05 }, %s }]],
  broken = [[{ sh = sh("%s", "sleep %.3f; echo %s; exit 3"), on_failure = "soft",
    retry = { attempts = 2, initial = 0.05 }, %s }]],
  lua = [[{ run = function(w)
    local sum = 0
    for i = 1, 3 do
      w.context.count = (w.context.count or 0) + 1
      sum = sum + w:step("add", { key = i }, function(n)
        neap.exec { sh = sh("%s." .. n, "sleep %.3f") }
        return n
      end, i)
    end
    w:sleep("nap", 0.02)
    return { sum, w.context.count, w:run { sh = sh("%s.run", "echo %s") }.text }
  end, %s }]],
}
local KINDS = { "plain", "plain", "plain", "escapes", "retried", "broken", "lua" }

local function needs_of(i, random)
  local names = {}
  for k = 1, i - 1 do
    if random(i) <= 2 then
      names[#names + 1] = ('"t%d"'):format(k)
    end
  end
  return ("needs = { %s }"):format(table.concat(names, ", "))
end

---The text of a script with `size` tasks.
---@param size integer
---@param random fun(n: integer): integer 1 to n
---@return string
function M.text(size, random)
  local lines = { HEAD }
  for i = 1, size do
    local name, kind = "t" .. i, KINDS[random(#KINDS)]
    local pause, needs = random(120) / 1000, needs_of(i, random)
    local body
    if kind == "retried" then
      body = BODIES.retried:format(name, pause, name, name, name, needs)
    elseif kind == "lua" then
      body = BODIES.lua:format(name, pause, name, name, needs)
    else
      body = BODIES[kind]:format(name, pause, name, needs)
    end
    lines[#lines + 1] = ("task %q %s"):format(name, body)
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
