-- catalogue: the events of runs and steps, and the tables derived from them.
-- A run is a stream; a step is found by its key; a wait is a step that holds no process.

local event = require("neap.event.define")

local define = event.define

event.tables("run", [[CREATE TABLE IF NOT EXISTS run(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, key TEXT, file TEXT, args TEXT, dir TEXT, kind TEXT,
  state TEXT NOT NULL, cancel INTEGER, reason TEXT, result TEXT, failure TEXT, waits TEXT,
  seed TEXT, created_at INTEGER, updated_at INTEGER, ended_at INTEGER, seq INTEGER);
CREATE INDEX IF NOT EXISTS run_file ON run(file, name, seq);
CREATE INDEX IF NOT EXISTS run_input ON run(file, name, args) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS run_key ON run(name, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_open ON run(state) WHERE ended_at IS NULL]])

event.tables("step", [[CREATE TABLE IF NOT EXISTS step(
  run TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1, attempts INTEGER NOT NULL DEFAULT 0,
  interruptions INTEGER NOT NULL DEFAULT 0, args TEXT, value TEXT, failure TEXT, patch TEXT,
  budgets TEXT, due INTEGER, cause TEXT, duration REAL, started_at INTEGER, ended_at INTEGER,
  n INTEGER, PRIMARY KEY(run, key)) WITHOUT ROWID]])

event.tables("attempt", [[CREATE TABLE IF NOT EXISTS attempt(
  run TEXT NOT NULL, step TEXT NOT NULL, generation INTEGER NOT NULL, attempt INTEGER NOT NULL,
  kind TEXT, state TEXT NOT NULL, mark TEXT, argv TEXT, pid INTEGER, start_time TEXT,
  boot_id TEXT, session TEXT, reason TEXT, code INTEGER, signal INTEGER,
  stdout TEXT, stderr TEXT, started_at INTEGER, ended_at INTEGER,
  PRIMARY KEY(run, step, generation, attempt)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attempt_open ON attempt(run) WHERE state IN ('intended', 'running')]])

event.tables("error", [[CREATE TABLE IF NOT EXISTS error(
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, step TEXT, attempt INTEGER, at INTEGER,
  reason TEXT, message TEXT, traceback TEXT, context TEXT);
CREATE INDEX IF NOT EXISTS error_run ON error(run)]])

-- runs -------------------------------------------------------------------------------------

define("run.created", {
  doc = "A run exists; what it was started with is on record.",
  fields = {
    name = "string", key = "string?", file = "string?", args = "table", dir = "string",
    kind = "string", seed = "string", sources = "table?", config = "table?",
  },
  projection = { [[INSERT INTO run(id, name, key, file, args, dir, kind, state, seed,
      created_at, updated_at, seq)
    VALUES(:run, :data ->> 'name', :data ->> 'key', :data ->> 'file', :data -> 'args',
      :data ->> 'dir', :data ->> 'kind', 'pending', :data ->> 'seed', :at, :at, :seq)]] },
})

local function run_state(type, doc, fields, set)
  define(type, {
    doc = doc,
    fields = fields,
    projection = { "UPDATE run SET " .. set .. ", updated_at = :at WHERE id = :run" },
  })
end

run_state("run.started", "A process began to run it.", {}, "state = 'running', waits = NULL")
run_state("run.waiting", "Nothing of it runs until a time or a message comes.",
  { on = "table", ["until"] = "number?" }, "state = 'waiting', waits = :data")
run_state("run.resumed", "What it waited for came.", {}, "state = 'running', waits = NULL")
run_state("run.taken_over", "Another process owns it now; its old owner is dead.",
  { from = "number", fence = "number" },
  "state = 'running', waits = NULL, failure = NULL, reason = NULL")

local ended = ", waits = NULL, ended_at = :at"
run_state("run.completed", "Its function returned.", { result = "any?" },
  "state = 'completed', result = :data -> 'result'" .. ended)
run_state("run.failed", "It ended without its result.", { failure = "table" },
  "state = 'failed', failure = :data -> 'failure', reason = :data ->> '$.failure.reason'" .. ended)
run_state("run.cancelled", "A person ended it; who, its request says.", {},
  "state = 'cancelled', reason = 'killed.cancelled'" .. ended)
run_state("run.cancel_requested", "A person asked to end it; clean-up may run first.",
  { by = "string?" }, "cancel = 1")
run_state("run.stalled", "A step's policy is spent; a person may retry.", { failure = "table" },
  "state = 'stalled', waits = NULL, failure = :data -> 'failure', "
    .. "reason = :data ->> '$.failure.reason'")

-- steps ------------------------------------------------------------------------------------

local error_row = [[INSERT INTO error(seq, run, step, attempt, at, reason, message,
    traceback, context)
  SELECT :seq, :run, :step, :attempt, :at, :data ->> '$.failure.reason',
    :data ->> '$.failure.message', :data ->> '$.failure.traceback', :data -> 'context'
  WHERE :data ->> 'failure' IS NOT NULL]]

define("step.completed", {
  doc = "A step without an outside effect ran, and this is its outcome.",
  fields = {
    kind = "string", args = "table?", value = "any?", patch = "table?", generation = "number",
    duration = "number?",
  },
  projection = { [[INSERT INTO step(run, key, kind, state, generation, attempts, args, value, patch,
      duration, started_at, ended_at, n)
    VALUES(:run, :step, :data ->> 'kind', 'completed', :data ->> 'generation', :attempt,
      :data -> 'args', :data -> 'value', :data -> 'patch', :data ->> 'duration', :at, :at, :n)
    ON CONFLICT(run, key) DO UPDATE SET state = 'completed', attempts = excluded.attempts,
      value = excluded.value, patch = excluded.patch, duration = excluded.duration,
      failure = NULL, due = NULL, ended_at = excluded.ended_at]] },
})

define("attempt.intended", {
  doc = "An attempt with an outside effect is about to begin.",
  fields = {
    kind = "string", args = "table?", generation = "number", argv = "table?", mark = "string",
  },
  projection = {
    [[INSERT INTO step(run, key, kind, state, generation, attempts, args, started_at, n)
      VALUES(:run, :step, :data ->> 'kind', 'intended', :data ->> 'generation', :attempt,
        :data -> 'args', :at, :n)
      ON CONFLICT(run, key) DO UPDATE SET state = 'intended', attempts = excluded.attempts,
        generation = excluded.generation, due = NULL]],
    [[INSERT INTO attempt(run, step, generation, attempt, kind, state, mark, argv)
      VALUES(:run, :step, :data ->> 'generation', :attempt, :data ->> 'kind', 'intended',
        :data ->> 'mark', :data -> 'argv')]],
  },
})

define("attempt.started", {
  doc = "Its process runs.",
  fields = {
    generation = "number", pid = "number", start_time = "string", boot_id = "string",
  },
  projection = { [[UPDATE attempt SET state = 'running', pid = :data ->> 'pid',
      start_time = :data ->> 'start_time', boot_id = :data ->> 'boot_id', started_at = :at
    WHERE run = :run AND step = :step AND generation = :data ->> 'generation'
      AND attempt = :attempt AND state = 'intended']],
    "UPDATE step SET state = 'running' WHERE run = :run AND key = :step AND state = 'intended'" },
})

define("attempt.ended", {
  doc = "An attempt is over: what it gave, why it ended, what the step does next.",
  fields = {
    kind = "string", args = "table?", generation = "number", state = "string", reason = "string",
    value = "any?", failure = "table?", code = "number?", signal = "number?", stdout = "string?",
    stderr = "string?", patch = "table?", budgets = "table?", retry_at = "number?",
    duration = "number?", context = "any?", interruptions = "number?", policy = "string?",
  },
  projection = {
    [[INSERT INTO step(run, key, kind, state, generation, attempts, interruptions, args, value,
        failure, patch, budgets, due, duration, started_at, ended_at, n)
      VALUES(:run, :step, :data ->> 'kind', :data ->> 'state', :data ->> 'generation', :attempt,
        coalesce(:data ->> 'interruptions', 0), :data -> 'args', :data -> 'value',
        :data -> 'failure', :data -> 'patch', :data -> 'budgets', :data ->> 'retry_at',
        :data ->> 'duration', :at, :at, :n)
      ON CONFLICT(run, key) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
        interruptions = excluded.interruptions, value = excluded.value,
        failure = CASE excluded.state WHEN 'completed' THEN NULL
          ELSE coalesce(excluded.failure, failure) END,
        patch = excluded.patch, due = excluded.due, duration = excluded.duration,
        budgets = coalesce(excluded.budgets, budgets), ended_at = excluded.ended_at]],
    [[UPDATE attempt SET state = 'ended', reason = :data ->> 'reason', code = :data ->> 'code',
        signal = :data ->> 'signal', stdout = :data ->> 'stdout', stderr = :data ->> 'stderr',
        ended_at = :at
      WHERE run = :run AND step = :step AND generation = :data ->> 'generation'
        AND attempt = :attempt]],
    error_row,
  },
})

define("step.skipped", {
  doc = "A step will not run, because of the step named.",
  fields = { kind = "string", cause = "string?", why = "string" },
  projection = { [[INSERT INTO step(run, key, kind, state, cause, value, started_at, ended_at, n)
    VALUES(:run, :step, :data ->> 'kind', 'skipped', :data ->> 'cause', :data -> 'why', :at, :at,
      :n)
    ON CONFLICT(run, key) DO UPDATE SET state = 'skipped', cause = excluded.cause,
      value = excluded.value, due = NULL, ended_at = excluded.ended_at]] },
})

define("step.reopened", {
  doc = "A person asked for the step again; its budgets are fresh.",
  fields = { generation = "number" },
  projection = { [[UPDATE step SET state = 'retrying', generation = :data ->> 'generation',
      attempts = 0, interruptions = 0, budgets = NULL, failure = NULL, due = NULL, ended_at = NULL
    WHERE run = :run AND key = :step]] },
})

define("wait.began", {
  doc = "A step waits for a time or a message; its deadline is fixed.",
  fields = { kind = "string", args = "table?", ["until"] = "number?" },
  projection = { [[INSERT INTO step(run, key, kind, state, args, due, started_at, n)
    VALUES(:run, :step, :data ->> 'kind', 'waiting', :data -> 'args', :data ->> 'until', :at, :n)
    ON CONFLICT(run, key) DO UPDATE SET state = 'waiting', due = excluded.due]] },
})

define("wait.ended", {
  doc = "The time or the message came.",
  fields = { kind = "string", args = "table?", value = "any?", by = "string" },
  projection = { [[INSERT INTO step(run, key, kind, state, args, value, cause, started_at,
      ended_at, n)
    VALUES(:run, :step, :data ->> 'kind', 'completed', :data -> 'args', :data -> 'value',
      :data ->> 'by', :at, :at, :n)
    ON CONFLICT(run, key) DO UPDATE SET state = 'completed', value = excluded.value,
      cause = excluded.cause, due = NULL, ended_at = excluded.ended_at]] },
})

-- coordination: guarded statements on the store's own tables ---------------------------------

event.statement("lease.create", [[INSERT INTO lease(run, owner, fence) VALUES(:run, :owner, 1)]])
event.statement("lease.take", [[UPDATE lease SET owner = :owner, fence = fence + 1
  WHERE run = :run AND fence = :fence
    AND NOT EXISTS (SELECT 1 FROM run r WHERE r.id = :run AND r.ended_at IS NOT NULL)]])
event.statement("run.alone", [[SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM run
  WHERE file = :file AND name = :name AND args = :args AND key IS NULL AND ended_at IS NULL)]])
event.statement("run.unnamed", [[SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM run
  WHERE name = :name AND key = :key)]])
-- owner 0 is nobody
event.statement("lease.release", [[UPDATE lease SET owner = 0 WHERE run = :run AND owner = :owner]])
-- a command that waits or was consumed already is not delivered again
event.statement("inbox.put", [[INSERT INTO inbox(run, command, name, payload, at, actor)
  SELECT :run, :command, :name, :payload, :at, :actor
  WHERE NOT EXISTS (SELECT 1 FROM event WHERE run = :run AND command = :command)
  ON CONFLICT(command) DO NOTHING]])
event.statement("inbox.take", [[DELETE FROM inbox WHERE id = :id]])
event.statement("inbox.empty", [[SELECT 1 WHERE NOT EXISTS
  (SELECT 1 FROM inbox WHERE run = :run AND name = :name)]])

return event
