-- peer: neap's figures as JSON lines, for a harness that puts engines side by side (see `neap`).

local here, neap, run = arg[1], arg[2], tonumber(arg[3])
package.path = here .. "/?.lua;" .. package.path

local engine = require "engine"
local native = require "neap.native"
local workloads = require "workloads"

engine.here, engine.neap = here, native.sys.realpath(neap)
workloads.dir = os.getenv("BENCH_DIR") or (os.getenv("TMPDIR") or "/tmp") .. "/neap-bench"

local heavy = run <= (tonumber(os.getenv("REPEAT_HEAVY")) or 1)
local only = os.getenv("ONLY")
local median = workloads.percentile

local function load()
  return tonumber(native.sys.read("/proc/loadavg"):match("%S+"))
end

local function emit(workload, metric, value, unit, note)
  local rounded = tonumber(("%.5g"):format(value))
  print(native.json.encode { peer = "neap", version = native.version, workload = workload,
    metric = metric, value = rounded, unit = unit, durability = "SQLite WAL synchronous=FULL",
    note = note or "", run = run, load = load() })
  io.stdout:flush()
end

---A workload that fails is a line too, and the others go on.
local function section(name, fn)
  if only and not ("," .. only .. ","):find("," .. name .. ",", 1, true) then
    return
  end
  local ok, problem = pcall(fn)
  if not ok then
    io.stderr:write(name, ": ", tostring(problem), "\n")
    print(native.json.encode { peer = "neap", version = native.version, workload = name,
      metric = "failed", value = native.json.null, unit = "",
      durability = "SQLite WAL synchronous=FULL", note = tostring(problem):sub(1, 200), run = run })
  end
end

local e = engine.start(workloads.place("main") .. "/store")

section("W5", function()
  engine.pause(1.5)
  local rss, pss = e:memory()
  emit("W5", "boot", e.boot * 1e3, "ms", "process start to ready: store open and defined")
  emit("W5", "idle_pss", pss, "MiB", "engine, worker and database are one process")
  emit("W5", "idle_rss", rss, "MiB")
  emit("W5", "idle_worker_rss", rss, "MiB")
end)

e:ask("W1", "warm", 50)

section("W1", function()
  local p50, p99, total = workloads.sequential(e, "w1")
  emit("W1", "step_p50", p50 * 1e3, "ms")
  emit("W1", "step_p99", p99 * 1e3, "ms")
  emit("W1", "total", total * 1e3, "ms")
end)

section("W3", function()
  local p50, p99 = workloads.single(e, "w3")
  emit("W3", "start_to_finish_p50", p50 * 1e3, "ms")
  emit("W3", "start_to_finish_p99", p99 * 1e3, "ms")
end)

section("W2", function()
  local steps, workflows = workloads.concurrent(e, "w2")
  emit("W2", "steps", steps, "steps/s")
  emit("W2", "workflows", workflows, "workflows/s")
end)

e:close()

if heavy then
  section("W4", function()
    local r = workloads.killed()
    emit("W4", "restart_to_done", r.took * 1e3, "ms",
      ("killed after %d of %d step executions, boot %.0f ms"):format(r.before, r.total,
        r.boot * 1e3))
    emit("W4", "reexecuted_steps", r.again, "steps")
    emit("W4", "lost_steps", r.lost, "steps")
  end)
  section("W5", function()
    local r = workloads.sleepers()
    emit("W5", "sleepers_rate", r.rate, "workflows/s", ("%d sleeping 1 h"):format(r.made))
    emit("W5", "sleepers_pss", r.pss, "MiB", ("%d sleeping"):format(r.made))
    emit("W5", "sleepers_worker_rss", r.rss, "MiB")
    emit("W5", "sleepers_each", r.each, "KiB", "PSS growth per sleeping workflow")
  end)
end

local at
section("R1", function()
  at = at or workloads.write_graphs()
  for _, jobs in ipairs { 2, 8 } do
    emit("R1", "flat_j" .. jobs, workloads.commands(at.flat, jobs), "commands/s",
      "exec, output captured, journal on disk")
  end
end)

section("R2", function()
  at = at or workloads.write_graphs()
  for _, jobs in ipairs { 2, 8 } do
    emit("R2", "dag_j" .. jobs, workloads.commands(at.dag, jobs), "commands/s",
      "exec, output captured, journal on disk")
  end
end)

section("R3", function()
  local dir, took = workloads.write_done(10000), {}
  for i = 1, 5 do
    took[i] = workloads.last(dir)
  end
  emit("R3", "nothing_to_do_10k", median(took, 0.5) * 1e3, "ms",
    "9,999 of 10,000 done: exec to the start of the last process, median of 5")
end)
