-- workloads: what is measured of neap, each as a function that returns figures.
-- Owns the sizes (those of the peers' harness) and the places on the disk; prints nothing.

local engine = require "engine"
local graphs = require "graphs"
local native = require "neap.native"

local M = {}

local function size(name, otherwise)
  return tonumber(os.getenv(name)) or otherwise
end

local W1 = size("W1_STEPS", 1000)
local W2, STEPS, AT_ONCE = size("W2_N", 1000), 5, 100
local W3 = size("W3_N", 200)
local W5 = size("W5_N", 10000)
local NODES = size("R_N", 10000)

local function shell(line)
  local status = os.execute(line)
  assert(status == 0, ("exit status %d: %s"):format(status, line))
end

---An empty directory on the disk that is measured.
function M.place(name)
  local path = ("%s/neap-%s"):format(M.dir, name)
  native.sys.remove_tree(path)
  assert(native.sys.mkdir_p(path))
  return path
end

---@param values number[]
---@param p number 0.5 is the median
function M.percentile(values, p)
  table.sort(values)
  return values[math.min(#values, math.floor(#values * p) + 1)]
end

-- durable workflows ----------------------------------------------------------------------------

---One workflow of 1,000 steps: seconds between step bodies.
function M.sequential(e, id)
  local r = e:ask("W1", id, W1)
  return M.percentile(r.gaps, 0.5), M.percentile(r.gaps, 0.99), r.total
end

---1,000 workflows of 5 steps, 100 at once: steps and workflows a second.
function M.concurrent(e, id)
  local total = e:ask("W2", id, W2, STEPS, AT_ONCE).total
  return W2 * STEPS / total, W2 / total
end

---200 workflows of one step, one after another: seconds from the call to the result.
function M.single(e, id)
  local took = e:ask("W3", id, W3).took
  return M.percentile(took, 0.5), M.percentile(took, 0.99)
end

local function lines_of(path)
  local seen, count = {}, 0
  local all = 0
  for line in io.lines(path) do
    if line:find("^w4%-") then
      all = all + 1
      count = count + (seen[line] and 0 or 1)
      seen[line] = true
    end
  end
  return all, count
end

---kill -9 once half of the steps ran: seconds from the restart to all done, and what was lost.
function M.killed()
  local dir = M.place("w4")
  local store, log = dir .. "/store", dir .. "/steps.log"
  local e = engine.start(store, log)
  e:ask("W2", "warm", 100, STEPS, AT_ONCE)
  e:send("W2", "w4", W2, STEPS, AT_ONCE)
  local total = W2 * STEPS
  -- a line is at most 10 bytes and seldom fewer than 9; counted exactly once it is near
  repeat
    engine.pause(0.002)
  until native.sys.stat(log).size > total / 2 * 8 and lines_of(log) >= total / 2
  e:kill()
  local before = lines_of(log)
  local began = engine.loop:now()
  e = engine.start(store, log)
  local boot = e.boot
  e:ask("W2", "w4", W2, STEPS, AT_ONCE)
  local took = engine.loop:now() - began
  e:close()
  local after, distinct = lines_of(log)
  return { took = took, boot = boot, before = before, total = total,
    again = after - distinct, lost = total - distinct }
end

---Seconds from exec to an open store.
function M.boot()
  local e = engine.start(M.place("boot") .. "/store")
  e:close()
  return e.boot
end

---10,000 workflows that sleep for an hour: created a second, MiB in all, KiB each.
function M.sleepers()
  local e = engine.start(M.place("sleepers") .. "/store")
  engine.pause(0.5)
  local _, idle = e:memory()
  local r = e:ask("sleepers", W5)
  engine.pause(1)
  local rss, pss = e:memory()
  e:kill()
  return { made = r.made, rate = r.made / r.total, pss = pss, rss = rss,
    each = (pss - idle) / r.made * 1024 }
end

-- commands -------------------------------------------------------------------------------------

local function time(line)
  local began = engine.loop:now()
  shell(line)
  return engine.loop:now() - began
end
M.time = time

---The flat graph and the random one, for every tool.
function M.write_graphs()
  local at = {}
  for name, needs in pairs { flat = graphs.flat(NODES), dag = graphs.random(NODES) } do
    local dir = M.place("graph-" .. name)
    graphs.neap(dir .. "/graph.lua", needs, function()
      return '"/bin/true"'
    end)
    graphs.ninja(dir .. "/build.ninja", needs, "/bin/true")
    graphs.make(dir .. "/Makefile", needs, "/bin/true")
    at[name] = dir
  end
  return at
end

---10,000 commands with captured output and full journal: commands a second.
function M.commands(dir, jobs)
  native.sys.remove_tree(dir .. "/store")
  return NODES / time(("cd %s && %s run graph.lua -j%d --store store >/dev/null")
    :format(dir, engine.neap, jobs))
end

-- The last node ends neap at its first start, and notes the time at its second.
local LAST = [[sh = "if [ -e armed ]; then date +%s%N >started; else : >armed; kill -9 $PPID; fi"]]

---Make a store in which all but the last of `n` nodes are done, and keep a copy of it.
function M.write_done(n)
  local dir = M.place("done-" .. n)
  local needs = graphs.random(n)
  needs[n - 1] = { n - 2 }
  local seen = {}
  for i = 0, n - 2 do
    for _, on in ipairs(needs[i]) do
      seen[on] = true
    end
  end
  for i = 0, n - 2 do -- it is the last in any order
    if not seen[i] and i ~= n - 2 then
      table.insert(needs[n - 1], i)
    end
  end
  graphs.neap(dir .. "/graph.lua", needs, function(i)
    return i == n - 1 and LAST or '"/bin/true"'
  end)
  os.execute(("cd %s && %s run graph.lua -j4 --store store >/dev/null 2>&1"):format(dir,
    engine.neap))
  assert(native.sys.exists(dir .. "/armed"), "the graph did not come to its last node")
  shell(("cd %s && mv store kept"):format(dir))
  return dir
end

---Seconds from exec to the start of the last process.
function M.last(dir)
  shell(("cd %s && rm -rf store started && cp -r kept store && sync"):format(dir))
  local began = engine.loop:wall()
  shell(("cd %s && %s run graph.lua -j4 --store store >/dev/null"):format(dir, engine.neap))
  return tonumber(native.sys.read(dir .. "/started")) / 1e9 - began
end

return M
