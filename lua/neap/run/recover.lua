-- recover: what is true of a run whose process died, and what to do about it.
-- Owns the order of a take-over: the new fence on record, the old owner's processes ended, their
-- attempts closed as interrupted at no cost to their budget, then the run goes on.

local json = require("neap.base.json")
local native = require("neap.native")
local redact = require("neap.run.redact")
local table_of = require("table.new")

local M = {}

local POISON = 5 -- interruptions in a row that are free
local TAIL = 4096
local KILL = 9
local PATIENCE = 1000 -- looks, 5 ms apart

local sys = native.sys

---End what is left of one attempt's processes. True when something of it may have run.
---@param marked boolean whether processes with a mark of the run are there
local function reap(row, marked)
  local ran = row.pid ~= nil
  if ran and sys.alive(row.pid, row.start_time, row.boot_id) then
    sys.kill_group(row.pid, KILL)
  end
  local swept = marked and sys.sweep(row.mark, KILL) > 0
  return ran or swept
end

local function marks_of(run)
  return run.id .. "/"
end

---Call `fn` once no process of the run is left: what KILL was sent to may take its time.
local function when_gone(run, fn)
  local marks, tries = marks_of(run), 0
  local function look()
    tries = tries + 1
    if sys.sweep(marks, KILL) == 0 or tries > PATIENCE then
      return fn()
    end
    run.host.loop:timer(0.005, look)
  end
  look()
end

---The last bytes a dead attempt left in its spool, as a blob.
local function spooled(host, mark, suffix, blobs)
  local text = sys.read(host:spool(mark) .. suffix)
  if not text or text == "" then
    return nil
  end
  text = redact.whole(redact.clean(text:sub(-TAIL), host.secrets))
  local hash = sys.sha256(text)
  blobs[hash] = text
  return hash
end

---How often in a row an attempt of this step was closed, its neaps died and the run did nothing.
local function cut_off(store, row)
  return store:query([[SELECT count(*) AS n FROM event WHERE run = ?1 AND step = ?2
    AND type = 'attempt.ended' AND n > (SELECT n FROM event WHERE run = ?1
      AND type NOT IN ('attempt.intended', 'attempt.started')
      AND NOT (type = 'run.taken_over' AND data ->> 'from' <> 0)
      AND NOT (type = 'attempt.ended' AND data ->> 'reason' IN ('killed.interrupted',
        'killed.unused')) ORDER BY n DESC LIMIT 1)]], { row.run, row.step })[1].n
end

---The event that closes an attempt nobody will hear of again.
---@param died boolean its neap died; one that left in order has ended its processes
---@param marked boolean whether processes with a mark of the run are there
local function close(host, row, step, blobs, died, marked)
  local is_process = row.argv ~= nil
  local ran = died and (not is_process or reap(row, marked))
  local count = step.interruptions + 1
  if died and not ran then -- what ends neap at once has no start on record
    local times = cut_off(host.store, row) + 1
    if times > POISON then
      ran, count = true, times
    end
  end
  local data = {
    kind = row.kind, generation = row.generation, state = ran and "retrying" or "void",
    reason = ran and "killed.interrupted" or "killed.unused",
    interruptions = ran and count or step.interruptions,
    stdout = ran and is_process and spooled(host, row.mark, ".out", blobs) or nil,
    stderr = ran and is_process and spooled(host, row.mark, ".err", blobs) or nil,
  }
  if ran and count > POISON then
    data.state, data.reason = "failed", "crashed.poison"
    data.failure = M.poison(row.step, count)
  end
  return { type = "attempt.ended", step = row.step, attempt = row.attempt, data = data }
end

---The failure of a step that was cut off too often.
function M.poison(key, count)
  return { reason = "crashed", detail = "poison", step = key, retryable = false,
    message = ("interrupted %d times in a row: this attempt may be what ends neap"):format(count) }
end

---How often in a row its neap died without anything of it on record: a Lua step has no intent, this
---is what tells of its interruptions.
local function deaths(store, id)
  local rows = store:query(([[SELECT type, data ->> 'from' AS owner FROM event WHERE run = ?
    ORDER BY n DESC LIMIT %d]]):format(POISON + 1), { id })
  for i, row in ipairs(rows) do
    if row.type ~= "run.taken_over" or row.owner == 0 then
      return i - 1
    end
  end
  return #rows
end

local function record(run, rows, events, blobs, fn)
  local host, at = run.host, run.journal:at()
  run:record({ at = at, events = events, blobs = blobs }, function()
    for i, row in ipairs(rows) do
      local step, data = run.steps[row.step], events[i].data
      step.state, step.interruptions, step.ended_at = data.state, data.interruptions, at
      step.failure = data.failure and json.encode(data.failure) or step.failure
    end
    host:drop_spools(run.id)
    fn()
  end)
end

-- By name: SQLite takes the primary key, and with it every attempt of the run, for as good.
local OPEN = [[SELECT * FROM attempt INDEXED BY attempt_open
  WHERE run = ? AND state IN ('intended', 'running')]]

---Make a run that is ours now ready to go on: what its old owner left is ended, its open attempts
---are closed; `fn` when that is on record.
---@param run neap.Run
---@param died boolean the old owner died; false: it left in order
---@param fn fun()
function M.prepare(run, died, fn)
  local host, events, blobs = run.host, {}, {}
  local rows = host.store:query(OPEN, { run.id })
  local count = died and deaths(host.store, run.id) or 0
  run.poison = count > POISON and count or nil
  local marked = died and sys.sweep(marks_of(run), 0) > 0 -- one look for all that may be open
  for i, row in ipairs(rows) do
    events[i] = close(host, row, run.steps[row.step], blobs, died, marked)
  end
  local function go_on()
    if #rows > 0 then
      return record(run, rows, events, blobs, fn)
    elseif died then
      host:drop_spools(run.id)
    end
    fn()
  end
  if marked then
    return when_gone(run, go_on)
  end
  go_on()
end

---A person asks for a failed step again: its next generation has fresh budgets.
---@param run neap.Run
---@param key string? nil: nobody asked
---@param fn fun() when that is on record
function M.reopen(run, key, fn)
  local step = key and run.steps[key]
  if not step or step.state ~= "failed" then
    return fn()
  end
  local generation = step.generation + 1
  run:record({ events = { { type = "step.reopened", step = key, actor = "person",
    data = { generation = generation } } } }, function()
    step.state, step.generation, step.attempts, step.interruptions = "retrying", generation, 0, 0
    step.budgets, step.failure, step.due, step.ended_at = nil, nil, nil, nil
    fn()
  end)
end

-- What is done is asked for its outcome only: that is half of a row, and there may be 100,000.
local DONE = [[SELECT key, kind, state, args, value, patch, cause, ended_at, n
  FROM step WHERE run = ? AND state = 'completed']]
local OTHERS = [[SELECT key, kind, state, generation, attempts, interruptions, args, value, failure,
  patch, budgets, due, cause, started_at, ended_at, n FROM step WHERE run = ?
  AND state <> 'completed']]

---The steps of a run as recorded, by key.
---@return table<string, table>
function M.steps(store, id)
  local done = store:query(DONE, { id })
  local steps = table_of(0, #done)
  for _, rows in ipairs { done, store:query(OTHERS, { id }) } do
    for _, row in ipairs(rows) do
      steps[row.key] = row
    end
  end
  return steps
end

return M
