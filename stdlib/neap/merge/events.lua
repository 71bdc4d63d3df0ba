-- The events of merges. The table's foreign key is the rule: no merge without a verdict that says
-- yes, on that tree, by that set of gates, in this run.
local event = require "neap.event.define"

event.tables("merge", [[CREATE TABLE IF NOT EXISTS merge(
  run TEXT NOT NULL, step TEXT NOT NULL, repo TEXT NOT NULL, target TEXT NOT NULL,
  base TEXT NOT NULL, head TEXT NOT NULL, tree TEXT NOT NULL, gate_set TEXT NOT NULL,
  ok INTEGER NOT NULL DEFAULT 1 CHECK(ok = 1), state TEXT NOT NULL, at INTEGER,
  PRIMARY KEY(run, step),
  FOREIGN KEY(run, tree, gate_set, ok) REFERENCES verdict(run, tree, gate_set, ok))]])

event.define("merge.intended", {
  doc = "The target is about to move from base to head, whose tree passed its gates.",
  fields = {
    repo = "string", target = "string", base = "string", head = "string", tree = "string",
    gate_set = "string",
  },
  projection = { [[INSERT INTO merge(run, step, repo, target, base, head, tree, gate_set, state, at)
    VALUES(:run, :step, :data ->> 'repo', :data ->> 'target', :data ->> 'base', :data ->> 'head',
      :data ->> 'tree', :data ->> 'gate_set', 'intended', :at)
    ON CONFLICT(run, step) DO UPDATE SET base = excluded.base, head = excluded.head,
      tree = excluded.tree, gate_set = excluded.gate_set, state = 'intended', at = excluded.at]] },
})

event.define("merge.done", {
  doc = "The target is at head.",
  fields = { head = "string" },
  projection = {
    "UPDATE merge SET state = 'done', at = :at WHERE run = :run AND step = :step",
  },
})

event.define("merge.abandoned", {
  doc = "The target did not move; what was intended no longer counts.",
  fields = { why = "string" },
  projection = { "DELETE FROM merge WHERE run = :run AND step = :step" },
})
