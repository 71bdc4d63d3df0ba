-- A small world on a store, for specs: a projection with a foreign key, a counter and an inbox.
-- Owns: its definition. Refuses to know: which store it is.
local M = {}

local SCHEMA = [[
  CREATE TABLE IF NOT EXISTS run(
    id TEXT PRIMARY KEY, name TEXT, steps INTEGER NOT NULL DEFAULT 0, last INTEGER);
  CREATE TABLE IF NOT EXISTS verdict(tree TEXT PRIMARY KEY, at INTEGER);
  CREATE TABLE IF NOT EXISTS merge(id INTEGER PRIMARY KEY, tree TEXT REFERENCES verdict(tree));
  CREATE TABLE IF NOT EXISTS counter(name TEXT PRIMARY KEY, n INTEGER);
  CREATE TABLE IF NOT EXISTS later(
    tree TEXT REFERENCES verdict(tree) DEFERRABLE INITIALLY DEFERRED);
]]

---@return neap.StoreDefinition
function M.definition()
  return {
    schema_version = 3,
    schema = SCHEMA,
    tables = { "run", "verdict", "merge" },
    projections = {
      ["run.created"] = "INSERT INTO run(id, name, last) VALUES(:run, :data->>'name', :seq)",
      ["step.done"] = {
        "UPDATE run SET steps = steps + 1 WHERE id = :run",
        "UPDATE run SET last = :seq WHERE id = :run",
      },
      ["verdict.given"] = "INSERT OR IGNORE INTO verdict VALUES(:data->>'tree', :at)",
      ["verdict.missing"] = "INSERT INTO merge(tree) VALUES('nowhere')",
      ["merge.intended"] = "INSERT INTO merge(tree) VALUES(:data->>'tree')",
    },
    statements = {
      exists = "SELECT 1 FROM run WHERE id = :id",
      never = "SELECT 1 WHERE 0",
      first = "INSERT OR IGNORE INTO counter VALUES(:name, 1)",
      count = "INSERT INTO counter VALUES(:name, 1) ON CONFLICT DO UPDATE SET n = n + 1",
      send = "INSERT INTO inbox(run, command, name, at) VALUES(:run, :command, :name, 0)",
      consume = "DELETE FROM inbox WHERE id = :id",
      lease = "INSERT INTO lease(run, owner, fence) VALUES(:run, :owner, :fence)",
      take_over = "UPDATE lease SET owner = :owner, fence = fence + 1 WHERE run = :run",
      deferred = "INSERT INTO later VALUES('nowhere')",
      spoil = "UPDATE run SET steps = steps + 1000",
    },
  }
end

---Define `store`, after `change` had its way with the definition.
---@param store neap.Store
---@param change fun(definition: neap.StoreDefinition)?
---@return neap.Store
function M.define(store, change)
  local definition = M.definition()
  if change then
    change(definition)
  end
  assert(store:define(definition))
  return store
end

---Commit and run the loop until the answer is there.
function M.commit(loop, store, item)
  local answer
  assert(store:commit(item, function(...)
    answer = { ... }
    loop:stop()
  end))
  while not answer do
    loop:run()
  end
  return unpack(answer, 1, 2)
end

---The only row of a query.
function M.one(store, sql, params)
  local rows = assert(store:query(sql, params))
  assert(#rows == 1, "expected one row, got " .. #rows)
  return rows[1]
end

---Every row of every table that the definition made.
function M.dump(store)
  local out = {}
  for _, name in ipairs { "run", "verdict", "merge", "counter" } do
    out[name] = assert(store:query("SELECT rowid, * FROM " .. name .. " ORDER BY rowid"))
  end
  return out
end

---Run the loop until `is_done`, for 2 s at most.
function M.wait(loop, is_done)
  local late = false
  local timer = loop:timer(2, function()
    late = true
  end)
  while not is_done() and not late do
    loop:step()
  end
  timer:stop()
end

return M
