-- worker: one process of neap that runs workloads: `neap lua worker.lua STORE [LOG]`.
-- Says "ready", then reads one command a line ("W2 id 1000 5 100") and answers each with a line of
-- JSON. A step body does nothing but note that it ran: in memory for W1, in LOG for W4.

local json = require "neap.base.json"
local neap = require "neap"

local store, log_path = arg[1], arg[2]
local log = log_path and assert(io.open(log_path, "a"))
if log then
  log:setvbuf("no")
end

local host = assert(neap.host.open { store = store, dir = store })
local loop = host.loop
local times ---@type number[]?

local function tick(id, i)
  if times then
    times[#times + 1] = loop:now()
  end
  if log then
    log:write(("%s:%d\n"):format(id, i))
  end
end

local function program(workflow)
  return { kind = "workflow", name = workflow.name, fn = workflow.fn, file = arg[0], dir = store }
end

local steps = program(neap.workflow "steps" (function(w, id, n)
  for i = 1, n do
    w:step("s" .. i, function()
      tick(id, i)
    end)
  end
  return n
end))

local sleeper = program(neap.workflow "sleeper" (function(w)
  w:sleep("z", "1h")
end))

---Run `of`'s input 1 to n, `at_once` of them under way, to their ends.
local function all(n, at_once, start)
  local started, ended = 0, 0
  local function fill()
    while started < n and started - ended < at_once do
      started = started + 1
      start(started, function()
        ended = ended + 1
        fill()
      end)
    end
  end
  fill()
  host:drive(function()
    return ended == n
  end)
end

---One run from the call to its result; a key makes it the same run in every process.
local function run(id, n, key, done)
  host:run(steps, { args = { id, n }, key = key, on_end = done }, function(started, problem)
    if not started then
      assert(problem.row and problem.row.state == "completed", problem.message)
      loop:defer(done)
    end
  end)
end

local function one(id, n)
  all(1, 1, function(_, done)
    run(id, n, nil, done)
  end)
end

local commands = {}

function commands.W1(id, n)
  times = {}
  local began = loop:now()
  one(id, n)
  local total, gaps = loop:now() - began, {}
  for i = 2, #times do
    gaps[i - 1] = times[i] - times[i - 1]
  end
  times = nil
  return { total = total, gaps = gaps }
end

function commands.W2(id, n, count, at_once)
  local began = loop:now()
  all(n, at_once, function(i, done)
    local key = id .. "-" .. i
    run(key, count, key, done)
  end)
  return { total = loop:now() - began }
end

function commands.W3(id, n)
  local took = {}
  for i = -4, n do
    local began = loop:now()
    one(id .. i, 1)
    if i > 0 then
      took[i] = loop:now() - began
    end
  end
  return { took = took }
end

function commands.sleepers(n)
  local began = loop:now()
  local asleep = 0
  host:subscribe(function(event)
    if event.type == "wait.began" then
      asleep = asleep + 1
      if asleep == n then
        loop:stop()
      end
    end
  end)
  local started = 0
  local function start()
    if started < n then
      started = started + 1
      host:start(sleeper, { args = {} }, start)
    end
  end
  for _ = 1, 100 do
    start()
  end
  host:drive()
  return { made = asleep, total = loop:now() - began }
end

io.stdout:setvbuf("line")
print("ready")
for line in io.lines() do
  local words = {}
  for word in line:gmatch("%S+") do
    words[#words + 1] = tonumber(word) or word
  end
  print(json.encode(commands[words[1]](unpack(words, 2))))
end
host:close()
