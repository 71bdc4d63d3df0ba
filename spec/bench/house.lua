-- house: the rows of doc/performance.md, measured again: house.lua TOP REPEAT.
-- Each row is a ratio of neap to a baseline, repeat by repeat in turn; the median is what counts.

local top, repeats = arg[1], tonumber(arg[2])
local here = top .. "/spec/bench"
package.path = here .. "/?.lua;" .. package.path

local engine = require "engine"
local native = require "neap.native"
local workloads = require "workloads"

local build = top .. "/build/dev"
engine.here, engine.neap = here, build .. "/neap"
workloads.dir = os.getenv "BENCH_DIR"

local PAGE = top .. "/doc/performance.md"

---What a command prints.
local function output(line)
  local pipe = assert(io.popen("cd '" .. workloads.place("at") .. "' && " .. line))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function program(noun, arguments)
  return ("%s/spec/bench/neap_bench_%s %s"):format(build, noun, arguments or "")
end

local function json_lines(text)
  local list = {}
  for line in text:gmatch "{[^\n]*}" do
    list[#list + 1] = native.json.decode(line)
  end
  return list
end

---Seconds of one run of a command, of `n` in a row.
local function seconds(line, n)
  return workloads.time(("for i in $(seq %d); do %s; done >/dev/null 2>&1"):format(n, line)) / n
end

local function resident_kib(line)
  return tonumber(output("/usr/bin/time -f %M " .. line .. " 2>&1 >/dev/null"):match "(%d+)%s*$")
end

local rows = {}

---@param name string
---@param unit string
---@param target string what the ratio must be
---@param ours fun(): number
---@param theirs table<integer, { [1]: string, [2]: fun(): number }>
local function row(name, unit, target, ours, theirs)
  local mine, others = {}, {}
  for i = 1, repeats do
    mine[i] = ours()
    for k, other in ipairs(theirs) do
      others[k] = others[k] or {}
      others[k][i] = other[2]()
    end
  end
  local value = workloads.percentile(mine, 0.5)
  for k, other in ipairs(theirs) do
    local base = workloads.percentile(others[k], 0.5)
    rows[#rows + 1] = ("| %s | %.4g %s | %s: %.4g %s | %.2f | %s |"):format(k == 1 and name or "",
      value, unit, other[1], base, unit, value / base, other[3])
    print(rows[#rows])
  end
  if #theirs == 0 then
    rows[#rows + 1] = ("| %s | %.4g %s | – | – | %s |"):format(name, value, unit, target)
    print(rows[#rows])
  end
end

-- the rows --------------------------------------------------------------------------------------

local raw -- figures of the store's program, one run for two rows
local e = engine.start(workloads.place("house") .. "/store")
e:ask("W1", "warm", 50)
local count = 0
local function fresh(name)
  count = count + 1
  return name .. count
end

row("one durable step, sequential, p50", "ms", "", function()
  raw = json_lines(output(program "store"))
  return workloads.sequential(e, fresh "w1") * 1e3
end, { { "one raw FULL commit", function()
  return raw[1].baseline_ms
end, "≤ 2.5" } })

row("durable steps a second, 100 runs at once", "/s", "", function()
  return (workloads.concurrent(e, fresh "w2"))
end, { { "raw append + projection, 100 a commit", function()
  raw = json_lines(output(program "store"))
  return raw[2].baseline_per_second
end, "≥ 0.25" } })
e:close()

local graphs = workloads.write_graphs()
row("10,000 × /bin/true, output captured, full journal, -j2", "s", "", function()
  return 10000 / workloads.commands(graphs.flat, 2)
end, {
  { "ninja -j2", function()
    os.remove(graphs.flat .. "/.ninja_log")
    return workloads.time("ninja -j2 -C " .. graphs.flat .. " >/dev/null")
  end, "≤ 0.7" },
  { "make -j2", function()
    return workloads.time("make -rRs -j2 -C " .. graphs.flat .. " all >/dev/null")
  end, "≤ 1.25" },
  { "bare clone(VFORK, PIDFD)", function()
    return 10000 / tonumber(output(program("start", "10000 2 /bin/true")))
  end, "≤ 1.5" },
})

local done = workloads.write_done(10000)
local built = workloads.place "built"
do
  local list = require "graphs"
  list.ninja(built .. "/build.ninja", list.random(10000), ": >OUT")
  workloads.time("ninja -j4 -C " .. built .. " >/dev/null")
end
row("10,000 nodes, 9,999 done: exec to the last process", "ms", "", function()
  return workloads.last(done) * 1e3
end, { { "ninja, no work to do", function()
  return workloads.time("ninja -C " .. built .. " >/dev/null") * 1e3
end, "≤ 2.5" } })

row("neap version", "ms", "", function()
  return seconds(engine.neap .. " version", 50) * 1e3
end, { { "luajit -e ''", function()
  return seconds("luajit -e ''", 50) * 1e3
end, "≤ 2" } })

local one = workloads.place "one"
native.sys.write(one .. "/one.lua", 'require("neap").task "a" { sh = "date +%s%N >began" }\n')
row("neap run: exec to the first process", "ms", "≤ 15 ms", function()
  local began = engine.loop:wall()
  workloads.time(("cd %s && rm -rf store && %s run one.lua --store store >/dev/null")
    :format(one, engine.neap))
  return (tonumber(native.sys.read(one .. "/began")) / 1e9 - began) * 1e3
end, {})
row("resident: neap version", "KiB", "≤ 8 MB", function()
  return resident_kib(engine.neap .. " version")
end, {})
row("resident: neap run", "KiB", "≤ 16 MB", function()
  return resident_kib(("%s run %s/one.lua --new --store %s/store"):format(engine.neap, one, one))
end, {})

-- the page --------------------------------------------------------------------------------------

local function machine()
  local cpu = native.sys.read("/proc/cpuinfo"):match "model name%s*:%s*([^\n]+)"
  return ("%s cores (%s), Linux %s; load %s when it ended"):format(output("nproc"):match "%d+", cpu,
    output("uname -r"):match "%S+", native.sys.read("/proc/loadavg"):match "%S+")
end

local core = output(program "dag" .. "; " .. program "breaker")
local text = native.sys.read(PAGE)
local table_text = ("%s. Median of %d, neap and its baseline in turn.\n\n")
  :format(machine(), repeats)
  .. "| what | neap | baseline | ratio | target |\n|---|---:|---:|---:|---|\n"
  .. table.concat(rows, "\n") .. "\n\nThe pure pieces, beside their baselines:\n\n```\n"
  .. core .. "```\n"

local function replace(page, name, with)
  local from, to = ("<!-- %s -->"):format(name), ("<!-- end of %s -->"):format(name)
  local _, a = page:find(from, 1, true)
  local b = page:find(to, 1, true)
  return page:sub(1, a) .. "\n" .. with .. page:sub(b)
end

text = replace(text, "house", table_text)
local peers = os.getenv "BENCH_PEERS" and native.sys.read(workloads.dir .. "/out/RESULTS.md")
if peers then
  text = replace(text, "peers", (peers:gsub("\n#", "\n###"):gsub("^#[^\n]*\n", "")))
end
assert(native.sys.write(PAGE, text))
