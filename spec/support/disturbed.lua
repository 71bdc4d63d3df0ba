-- disturbed: a workflow run in a simulated world, undisturbed and then killed before and after each
-- of its events. What it gives and what is on record must be the same each time.

local assert = require("luassert")
local json = require("neap.base.json")
local testing = require("neap.testing")

local M = {}

---A world with a few programs.
function M.world()
  local world = testing.world()
  world.loop:script("greet", { stdout = "hello\n", code = 0, after = 0.5 })
  world.loop:script("binary", { stdout = "a\255\254\0b\n", code = 0 })
  world.loop:script("broken", { stderr = "no such thing\n", code = 3 })
  world.loop:script("hang", { after = math.huge })
  return world
end

---How a run ended, in one line.
function M.line(outcome)
  local failure = outcome.failure
  return ("%s %s %s"):format(outcome.state,
    outcome.result == nil and "nil" or json.encode(outcome.result),
    failure and failure.reason .. "." .. tostring(failure.detail) .. ": "
      .. tostring(failure.message) or "")
end

---The steps on record, without what differs by nature: attempts made, tracebacks, times.
function M.record(world, run)
  local lines = {}
  for i, row in ipairs(world.store:query(
    "SELECT * FROM step WHERE run = ? ORDER BY key", { run })) do
    local failure = row.failure and json.decode(row.failure) or {}
    lines[i] = table.concat({ row.key, row.kind, row.state, tostring(row.value),
      tostring(failure.reason), tostring(failure.message), tostring(row.patch) }, "|")
  end
  return table.concat(lines, "\n")
end

---Run `flow` to its end however often the world dies.
local function persist(world, flow, opts)
  local outcome
  for _ = 1, 10 do
    outcome = world:run(flow, opts)
    if outcome.state ~= "crashed" then
      break
    end
  end
  return outcome
end

---Run it undisturbed, then with a kill at each event; asserts that nothing differs.
---@param flow function
---@param opts? table as World:run takes it; world: another world's maker
---@return table outcome of the undisturbed run
---@return neap.World
function M.run(flow, opts)
  local make = opts and opts.world or M.world
  local world = make()
  local outcome = world:run(flow, opts)
  local line, record = M.line(outcome), M.record(world, outcome.run)
  for event = 1, world.committed - 1 do
    for _, before in ipairs { true, false } do
      local again = make()
      again:crash_at(event, before)
      local other = persist(again, flow, opts)
      local where = ("killed %s event %d"):format(before and "before" or "after", event)
      assert.equal(line, M.line(other), where)
      assert.equal(record, M.record(again, other.run), where)
    end
  end
  return outcome, world
end

return M
