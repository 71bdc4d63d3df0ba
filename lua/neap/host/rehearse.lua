-- rehearse: which recorded steps of a run its script no longer has, without running anything. The
-- function is called as at a replay, in a host that starts nothing and a run that writes nothing.

local ending = require("neap.run.ending")
local fiber = require("neap.run.fiber")
local json = require("neap.base.json")
local recover = require("neap.run.recover")
local run_of = require("neap.run.run")

local M = {}

---The name in a key: of `a/b[k]#2` it is `b`.
local function name_of(row)
  local name = row.key:gsub("#%d+$", ""):gsub("%[[^%]]*%]$", ""):match("[^/]*$")
  return row.kind == "version" and name:gsub("^version%.", "") or name
end

---Whether the sources say the name: as a text, or as the program that a text begins with.
local function is_written(name, sources)
  local pattern = "[\"'%[/]" .. name:gsub("%p", "%%%0") .. "[\"'%]%s]"
  for _, text in pairs(sources) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

---A run like the one on record, that goes as far as the record does.
local function replay(host, row, program)
  local stage = setmetatable({ stopping = "soft", settle = function() end }, { __index = host })
  stage.scheduler = fiber.scheduler(host.loop)
  stage.scheduler.host = stage
  local run = run_of.new(stage, row, 0, recover.steps(host.store, row.id))
  run.record = function() end
  run.finish = function(self, _, data)
    local found = data.failure
    self.diverged = found and found.detail == "diverged" and found or nil
  end
  ending.begin(run, program.fn, json.decode(row.args))
  local main = next(run.fibers)
  host.loop:run()
  return run, main
end

local function is_unmet(row)
  return not row.met
end

---Keys of recorded steps that the script does not ask for any more.
---Where the script has a new step, or diverges, what comes after it cannot be seen: a step counts
---as removed when its name is not written in the sources.
---@param host neap.Host
---@param row table the run's row
---@param program neap.Program
---@return string[]
---@return table? diverged the failure of a step that is met as something else
function M.removed(host, row, program)
  local keys = {}
  if program.kind == "graph" then
    for _, step in ipairs(host.store:query(
      "SELECT key FROM step WHERE run = ? ORDER BY key", { row.id })) do
      if not program.graph:id(step.key:match("^[^/]*")) then
        keys[#keys + 1] = step.key
      end
    end
    return keys
  end
  local run, main = replay(host, row, program)
  for _, step in ipairs(run:steps_where(is_unmet)) do
    local hidden = (main.live or run.diverged) and is_written(name_of(step), program.sources)
    if step.kind ~= "cleanup" and not hidden then
      keys[#keys + 1] = step.key
    end
  end
  return keys, run.diverged
end

return M
