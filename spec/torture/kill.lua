-- kill: neap is killed with SIGKILL at random times, over random graphs and workflows with real
-- processes, and goes on each time; what is on record in the end must be what an undisturbed run
-- leaves.
--
--   neap lua spec/torture/kill.lua [ROUNDS [SEED]]       (NEAP names the program)

package.path = "./?.lua;" .. package.path

local graph = require("spec.torture.graph")
local shell = require("spec.support.shell")
local workflow = require("spec.torture.workflow")

local SCRIPTS = { graph, workflow }
local ROUNDS, SEED = tonumber(arg[1]) or 10, tonumber(arg[2]) or os.time()
local KILLS = 5 -- in one round: the sixth in a row may rightly be called poison

math.randomseed(SEED)

local function random(n)
  return math.random(n)
end

local function query(dir, sql)
  local code, out, problem = shell.run(dir, ('sqlite3 -readonly .neap/neap.db "%s"'):format(sql))
  assert(code == 0, problem)
  return out
end

-- A kill between the last words and the exit leaves a run that was told, and the next start is
-- another one.
local RECORD = [[SELECT key, kind, state, value, failure ->> 'reason', failure ->> 'detail', cause
  FROM step WHERE kind <> 'sleep' AND run = (SELECT id FROM run ORDER BY seq LIMIT 1) ORDER BY key]]

---Processes of attempts that work in `dir`, not counting those of other runs.
local function orphans(dir)
  local _, out = shell.run(dir, [[for p in /proc/[0-9]*; do
    [ "$(readlink $p/cwd)" = "$PWD" ] && tr '\0' '\n' <$p/environ 2>/dev/null \
      | grep -q '^NEAP_ATTEMPT=' && echo $p; done]])
  return select(2, out:gsub("\n", ""))
end

---Marks that began twice, and steps of which two attempts ran at once.
local function doubles(dir)
  local seen, twice, at_once = {}, 0, 0
  for line in (shell.read(dir .. "/log") or ""):gmatch("[^\n]+") do
    if line:find("^overlap") then
      at_once = at_once + 1
    elseif seen[line] and not line:find("/add%[") then -- a body may be run again: it is no attempt
      twice = twice + 1
    end
    seen[line] = true
  end
  return twice, at_once
end

---Run with kills at random times until a run ends by itself; how many kills there were.
local function disturbed(dir, longest)
  for kills = 0, KILLS do
    local pause = kills < KILLS and math.random() ^ 2 * longest or 60
    local code = shell.run(dir, ([["$NEAP" run script.lua >>out 2>&1 & pid=$!
      ( sleep %.3f; kill -9 $pid ) 2>/dev/null & killer=$!
      wait $pid; code=$?; kill $killer 2>/dev/null; exit $code]]):format(pause))
    if code ~= 137 then
      return kills, code
    end
  end
end

---The failures that spent the budget of each step that fails always: two, whatever was cut off.
local function wrong_budgets(dir)
  return tonumber(query(dir, [[SELECT count(*) FROM (SELECT 1 FROM step s WHERE s.state = 'failed'
    AND s.kind = 'command' AND (SELECT count(*) FROM event e WHERE e.run = s.run AND e.step = s.key
    AND e.type = 'attempt.ended' AND e.data ->> 'reason' LIKE 'crashed%') <> 2)]]))
end

local total = { kills = 0, twice = 0, at_once = 0, lost = 0, orphans = 0, budgets = 0, broken = 0 }

local function round(number)
  local calm, rough = shell.dir(), shell.dir()
  local text = SCRIPTS[random(#SCRIPTS)].text(4 + random(20), random)
  shell.write(calm .. "/script.lua", text)
  shell.write(rough .. "/script.lua", text)
  local began = os.time()
  local expected = shell.run(calm, '"$NEAP" run script.lua >out 2>&1')
  local kills, code = disturbed(rough, math.max(0.3, os.time() - began))
  local twice, at_once = doubles(rough)
  local same = query(calm, RECORD) == query(rough, RECORD)
  local facts = { kills = kills, twice = twice, at_once = at_once, orphans = orphans(rough),
    lost = same and 0 or 1, budgets = wrong_budgets(rough),
    broken = (code == expected and shell.run(rough, '"$NEAP" verify') == 0) and 0 or 1 }
  local bad = 0
  for name, count in pairs(facts) do
    total[name] = total[name] + count
    bad = bad + (name ~= "kills" and count or 0)
  end
  if bad > 0 then
    print(("round %d went wrong, see %s and %s"):format(number, calm, rough))
  else
    shell.remove(calm)
    shell.remove(rough)
  end
  return bad
end

print(("seed %d"):format(SEED))
local wrong = 0
for number = 1, ROUNDS do
  wrong = wrong + round(number)
end
print(("rounds %d, kills survived: %d, attempts started twice: %d, attempts of one step at once: "
  .. "%d, records that differ: %d, orphans: %d, budgets that differ: %d, ends that differ: "
  .. "%d"):format(ROUNDS, total.kills, total.twice, total.at_once, total.lost, total.orphans,
    total.budgets, total.broken))
os.exit(wrong == 0 and 0 or 1)
