-- workflow: random workflows for spec/torture: every kind of step, plain, in loops and below w:try.
-- Processes and effects say in `log` that they began, as those of spec/torture/graph do.

local graph = require("spec.torture.graph")

local M = {}

local HEAD = graph.HEAD .. [[
return neap.workflow "random" (function(w)
  local out = {}
  local function add(value)
    out[#out + 1] = value
  end
]]

local TAIL = [[
  w:step("out", function(...) return { ... } end, out, w.context.outer or 0, w.context.inner or 0)
  %s
end)
]]

-- NAME is the step's own, KEY the number of its turn in a loop, PAUSE a part of a second.
local BODIES = {
  count = [[w.context.outer = (w.context.outer or 0) + KEY]],
  step = [[add(w:step("NAME", { key = KEY }, function(n)
    w.context.inner = (w.context.inner or 0) + n
    neap.delay(PAUSE)
    return { n, "ü" }
  end, KEY))]],
  big = [[add(#w:step("NAME", { key = KEY }, function() return ("x"):rep(70000) end))]],
  flaky = [[w:step("NAME", { key = KEY, retry = { attempts = 3, initial = 0.02 } }, function(n)
    local file = "tried.NAME." .. n
    if not io.open(file) then
      io.open(file, "w"):close()
      error { reason = "network_error", message = "the first time" }
    end
  end, KEY)]],
  guard = [[w:step("NAME", { key = KEY }, function() end, w:now(), w:random(1e6), w:uuid "NAME")]],
  process = [[add(#w:run { name = "NAME", key = KEY,
    sh = sh("NAME." .. KEY, "sleep PAUSE; printf 'NAME \\377'") }.stdout)]],
  loud = [[add(#w:run { name = "NAME", key = KEY,
    sh = sh("NAME." .. KEY, "head -c 90000 /dev/zero | tr '\\0' y") }.stdout)]],
  broken = [[local _, NAME = w:try(function()
    w:run { name = "NAME", key = KEY, sh = sh("NAME." .. KEY, "sleep PAUSE; exit 3"),
      retry = { attempts = 2, initial = 0.05 } }
  end)
  add(NAME.detail)]],
  effect = [[add(w:effect("NAME", { key = KEY, args = { KEY } }, function(attempt)
    local log = io.open("log", "a")
    log:write(attempt.mark, "\n")
    log:close()
    neap.delay(PAUSE)
    return "paid"
  end))]],
  nap = [[w:sleep("NAME", PAUSE)]],
  message = [[w:run { name = "NAME", key = KEY, sh = sh("NAME." .. KEY, ([=[
    "$NEAP" signal ${NEAP_ATTEMPT%%%%/*} NAME 1 --command NAME.%d >/dev/null]=]):format(KEY)) }
  add(w:receive "NAME")]],
  late = [[add(select(2, w:receive("NAME", { timeout = PAUSE })))]],
  version = [[add(w:version("NAME", 2))]],
}
local KINDS = { "count", "step", "step", "big", "flaky", "guard", "guard", "process", "process",
  "loud", "broken", "effect", "nap", "message", "late", "version" }

local FRAMES = {
  "do\n%s\nend", "do\n%s\nend", "for i = 1, 3 do\n%s\nend", "w:try(function(w)\n%s\nend)",
  "w:cleanup(function(w)\n%s\nend)",
}

---The text of a script with `size` parts.
---@param size integer
---@param random fun(n: integer): integer 1 to n
---@return string
function M.text(size, random)
  local lines = { HEAD }
  for i = 1, size do
    local frame = random(#FRAMES)
    local values = { NAME = "s" .. i, KEY = frame == 3 and "i" or "1", PAUSE = random(120) / 1000 }
    lines[#lines + 1] = FRAMES[frame]:format((BODIES[KINDS[random(#KINDS)]]:gsub("%u%u+", values)))
  end
  lines[#lines + 1] = TAIL:format(random(3) == 1 and 'return w:fail "as meant"' or "return out")
  return table.concat(lines, "\n")
end

return M
