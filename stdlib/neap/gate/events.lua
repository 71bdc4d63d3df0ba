-- The events of gates, and the table merges point at.
-- A verdict is about a tree and a frozen set of gates; the last one counts. `ok` is there to be
-- pointed at: a merge refers to a verdict that says yes, and the database holds it to that.
local event = require "neap.event.define"

event.tables("verdict", [[CREATE TABLE IF NOT EXISTS verdict(
  run TEXT NOT NULL, tree TEXT NOT NULL, gate_set TEXT NOT NULL, state TEXT NOT NULL,
  ok INTEGER NOT NULL, findings TEXT, n INTEGER, at INTEGER,
  PRIMARY KEY(run, tree, gate_set), UNIQUE(run, tree, gate_set, ok))]])

event.define("verdict.recorded", {
  doc = "A set of gates was run on a tree, or a person waived it, and this is what it said.",
  fields = { tree = "string", gate_set = "string", state = "string", findings = "table?" },
  projection = { [[INSERT INTO verdict(run, tree, gate_set, state, ok, findings, n, at)
    VALUES(:run, :data ->> 'tree', :data ->> 'gate_set', :data ->> 'state',
      :data ->> 'state' IN ('passed', 'waived'), :data -> 'findings', :n, :at)
    ON CONFLICT(run, tree, gate_set) DO UPDATE SET state = excluded.state, ok = excluded.ok,
      findings = excluded.findings, n = excluded.n, at = excluded.at]] },
})
