-- What a script may declare, and what is refused before anything runs: each with its line.
local load = require "spec.support.load"
local node = require "neap.graph.node"
local tasks = require "neap.graph.task"

local function refused(text, shown)
  assert.equal(shown, load.refusal(text))
end

describe("task", function()
  it("takes an argv, a line of shell, a function, or only needs", function()
    local graph = load.graph(function(task)
      task "argv" { "npm", "ci", 3 }
      task "shell" { sh = "a | b", needs = "argv" }
      task "lua" { run = function() end, needs = { "argv", "shell" } }
      task "all" { needs = "lua" }
    end)
    assert.same({ "argv", "shell", "lua", "all" }, graph.names)
    assert.same({ "npm", "ci", "3" }, node.spec(graph, 1).argv)
    assert.same({ "/bin/sh", "-c", "a | b" }, node.spec(graph, 2).argv)
    assert.same({ "lua", "empty" }, { node.form(graph.tasks[3]), node.form(graph.tasks[4]) })
  end)

  it("reads durations, and gives every task what task.default says", function()
    local graph = load.graph(function(task)
      task "own" { "x", timeout = "90s", env = { A = 1, B = "own" }, cwd = "web", stdin = "in" }
      task "plain" { "x", attempts = 5, grace = 2, silence = "1m" }
      task.default { timeout = "1h", attempts = 2, env = { B = "b", C = true } }
    end)
    local own, plain = node.spec(graph, 1), node.spec(graph, 2)
    assert.same({ 90, 3600, 2, 60 }, { own.timeout, plain.timeout, plain.grace, plain.silence })
    assert.same({ A = "1", B = "own", C = "true" }, own.env)
    assert.same({ B = "b", C = "true" }, plain.env)
    assert.same({ 2, 5 }, { own.policy.attempts, plain.policy.attempts })
    assert.same({ "web", "in" }, { own.cwd, own.stdin })
    assert.equal("command", own.kind)
  end)

  it("has one attempt unless it says otherwise, and a ceiling beside a policy", function()
    local retry = require "neap.retry"
    local graph = load.graph(function(task)
      task "a" { "x" }
      task "b" { "x", retry = { retry.on "timeout" { attempts = 9 } }, attempts = 4 }
    end)
    assert.equal(1, node.spec(graph, 1).policy.attempts)
    assert.equal(4, node.spec(graph, 2).policy.ceiling)
  end)

  it("takes a command or an agent that neap made, under the name of the task", function()
    local made = { kind = "agent", argv = { "claude" }, args = { "say" }, name = "claude" }
    local graph = load.graph(function(task)
      task "review" { run = made }
    end)
    local spec = node.spec(graph, 1)
    assert.same({ "agent", "review" }, { spec.kind, spec.name })
    assert.equal("claude", made.name)
    assert.same({ "agent", { "say" } }, { node.identity(graph, 1) })
  end)

  it("needs a node once, however often it is listed", function()
    local graph, needs = load.graph(function(task)
      task "a" { "x", matrix = { n = { 1, 2 } } }
      task "b" { "x", needs = { "a[n=2]", "a", "a", { "a[n=1]", on_failure = "soft" } } }
    end), {}
    graph:each_need(3, function(on, mode)
      needs[#needs + 1] = graph.names[on] .. " " .. mode
    end)
    assert.same({ "a[n=2] hard", "a[n=1] hard", "a[n=1] soft" }, needs)
  end)

  it("remembers file and line of the name, not of the table", function()
    local graph = load.graph(function(task)
      local declared = task "a"
      declared {
        "x",
      }
    end)
    assert.matches("task_spec.lua$", graph.tasks[1].file)
    local here = debug.getinfo(1, "l").currentline
    assert.equal(here - 6, graph.tasks[1].line)
  end)

  it("collects each script apart, also one that loads another", function()
    local inner
    local outer = load.graph(function(task)
      task "a" { "x" }
      inner = load.graph(function(again)
        again "a" { "y" }
        again "b" { "y" }
      end)
      task "c" { "x" }
    end)
    assert.same({ "a", "c" }, outer.names)
    assert.same({ "a", "b" }, inner.names)
    assert.is_nil(load.graph(function() end))
  end)

  it("is refused where no script is being loaded", function()
    local ok, problem = pcall(tasks.task, "x")
    assert.is_false(ok)
    assert.equal("task: no graph is being loaded here", problem.message)
  end)

  it("hands on what the script raises or returns", function()
    assert.same({ false, "oops" }, { tasks.collect("x", function() error("oops", 0) end) })
    assert.same({ true, 7 }, { tasks.collect("x", function() return 7 end) })
  end)
end)

describe("a graph is refused", function()
  it("for a need that nobody has, naming the nearest", function()
    refused([[
task "lint" { "x" }
task "test" { "x" }
task "publish" { "npm", "publish",
  needs = { "lint", "tests" } }
]], [[
error: task "publish" needs "tests", but no task has that name
  --> graph.lua:4
4 |   needs = { "lint", "tests" } }
help: did you mean "test"? (graph.lua:2)]])
  end)

  it("for a text that no process can be given", function()
    refused('task "a" { "x",\n  cwd = "web\\0" }', [[
error: task "a".cwd: has a NUL byte
  --> graph.lua:2
2 |   cwd = "web\0" }]])
  end)

  it("for a place in its argv that is none", function()
    refused('task "a" { "x", [0] = "y" }', [[
error: task "a": argument 0 is none: they are numbered from 1
  --> graph.lua:1
1 | task "a" { "x", [0] = "y" }]])
    refused('task "a" { "x", [1.5] = "y" }', [[
error: task "a": argument 1.5 is none: they are numbered from 1
  --> graph.lua:1
1 | task "a" { "x", [1.5] = "y" }]])
    refused('task "a" { "x", nil, "z", [-1] = "y" }', [[
error: task "a": argument 2 is nil
  --> graph.lua:1
1 | task "a" { "x", nil, "z", [-1] = "y" }
help: is one of its variables without a value?]])
  end)

  it("for a name given twice", function()
    refused('task "a" { "x" }\n\ntask "a" { "y" }', [[
error: task "a" is already defined
  --> graph.lua:3
3 | task "a" { "y" }
help: the first is at graph.lua:1]])
  end)

  it("for a task that needs itself, or does so in the end", function()
    refused('task "a" { "x", needs = "a" }', [[
error: task "a" needs itself
  --> graph.lua:1
1 | task "a" { "x", needs = "a" }]])
    refused([[
task "out" { "x" }
task "c" { "x", needs = "b" }
task "a" { "x", needs = { "out", "c" } }
task "b" { "x", needs = "a" }
]], [[
error: task "c" needs itself in the end: c -> b -> a -> c
  --> graph.lua:2
2 | task "c" { "x", needs = "b" }]])
  end)

  it("for a hole in an argv, and for what is no argument", function()
    refused('local x\ntask "a" { "npm", x, "ci" }', [[
error: task "a": argument 2 is nil
  --> graph.lua:2
2 | task "a" { "npm", x, "ci" }
help: is one of its variables without a value?]])
    refused('task "a" { "npm", {} }', [[
error: task "a": argument 2 is a table, not a string
  --> graph.lua:1
1 | task "a" { "npm", {} }]])
    refused('task "a" { "npm", "a\\0b" }', [[
error: task "a": argument 2 has a NUL byte
  --> graph.lua:1
1 | task "a" { "npm", "a\0b" }]])
    refused('task "a" { "" }', [[
error: task "a": argument 1 is empty, and names the program
  --> graph.lua:1
1 | task "a" { "" }]])
    refused('task "a" { sh = " \\n" }', [[
error: task "a".sh: must be a string that is not empty, not " \n"
  --> graph.lua:1
1 | task "a" { sh = " \n" }]])
  end)

  it("for a task or a pool without a table", function()
    refused('task "a" { "x" }\ntask "b"', [[
error: task "b" has no table
  --> graph.lua:2
2 | task "b"
help: write task "b" { … }]])
    refused('task "a" { "x" }\ntask.pool "p"', [[
error: pool "p" has no table
  --> graph.lua:2
2 | task.pool "p"
help: write { slots = 2 }]])
  end)

  it("for a key nobody knows, at its own line, naming the nearest", function()
    refused('task "a" {\n  "x",\n  nedds = "b",\n}', [[
error: task "a": unknown option "nedds"
  --> graph.lua:3
3 |   nedds = "b",
help: did you mean "needs"?]])
    refused('task "a" { "x" }\ntask.default { needs = "a" }', [[
error: task.default: unknown option "needs"
  --> graph.lua:2
2 | task.default { needs = "a" }
help: known options: attempts, cwd, env, grace, on_failure, pool, priority, retry, silence, ]]
      .. "timeout, weight")
  end)

  local WRONG = {
    { 'timeout = "soon"', 'timeout: must be a duration such as "90s", "1h30m" or a number of '
      .. 'seconds, not "soon"' },
    { 'on_failure = "ignore"',
      'on_failure: must be "hard", "soft", "skip" or "fail_fast", not "ignore"' },
    { "attempts = 0", "attempts: must be a whole number, 1 or more, not 0" },
    { "attempts = 1.5", "attempts: must be a whole number, 1 or more, not 1.5" },
    { "attempts = 2^31", "attempts: must be at most 2147483647, not 2147483648" },
    { "weight = '2'", 'weight: must be a whole number, 1 or more, not "2"' },
    { "priority = 1/0", "priority: must be a finite number, not inf" },
    { "env = 'A=1'", 'env: must be a table of names and values, not "A=1"' },
    { "env = { A = {} }", "env: has a table as the value of A" },
    { "env = { A = 'x\\0y' }", "env: has a NUL byte in the value of A" },
    { "env = { ['A=B'] = 1 }", 'env: has "A=B", which cannot be the name of a variable' },
    { "cwd = ''", 'cwd: must be a string that is not empty, not ""' },
    { "stdin = 7", "stdin: must be a string, not 7" },
    { "when = true", "when: must be a function, not true" },
    { 'run = { "gh" }', "run: must be a function or a task of an agent (a command is "
      .. 'task "x" (gh { … })), not a table' },
    { "approve = true", "approve: must be a string that is not empty, not true" },
    { "approve = '\\255?'", "approve: must be UTF-8, not \"\255?\"" },
    { "needs = 7", 'needs: must be a name or a list of names such as { "a", "b", '
      .. 'on_failure = "soft" }, not 7' },
    { "needs = { nil, 'a' }", "needs: has a hole: one of its names is nil" },
    { "needs = { 'a', on_failure = 'x' }",
      'needs: has on_failure = "x", must be "hard", "soft" or "skip"' },
    { "needs = { 'a', mode = 'x' }", 'needs: has the unknown key "mode"; must be a name or a list '
      .. 'of names such as { "a", "b", on_failure = "soft" }' },
    { "matrix = 3", "matrix: must be a table, not 3" },
    { "matrix = {}", "matrix: has no names" },
    { "matrix = { a = 1 }", "matrix: has no list of values for a" },
    { "matrix = { a = { 1, '1' } }", 'matrix: has "1" twice as a' },
    { "matrix = { a = { {} } }", "matrix: has a value of a that is no string, number or boolean" },
    { "matrix = { a = { '' } }", "matrix: has an empty value of a" },
    { "matrix = { a = { 'x\\0' } }", "matrix: has a NUL byte in a value of a" },
    { "matrix = { a = { '\\255' } }", "matrix: has a value of a that is not UTF-8" },
    { "matrix = { ['a b'] = { 1 } }", 'matrix: has "a b", which is no name for {…}' },
    { "retry = retry.on 'timeout' { route = 'retry_different' }",
      'retry: the route "retry_different" needs another agent, a command has none',
      'use "retry_same", "escalate" or "fail"' },
  }
  for _, row in ipairs(WRONG) do
    it("for " .. row[1], function()
      local line = ('task "a" { "x", %s }'):format(row[1])
      refused(line, ('error: task "a".%s\n  --> graph.lua:1\n1 | %s%s'):format(row[2], line,
        row[3] and "\nhelp: " .. row[3] or ""))
    end)
  end

  it("for more than one thing to run, or none", function()
    refused('task "a" { "x", sh = "y" }', [[
error: task "a": give an argv, sh or run, and only one of them
  --> graph.lua:1
1 | task "a" { "x", sh = "y" }]])
    refused('task "a" {}', [[
error: task "a" has nothing to run
  --> graph.lua:1
1 | task "a" {}
help: write { "program", "argument" }, { sh = "one line" } or { run = function(w) … end }]])
    refused('task "a" { run = function() end, timeout = 3 }', [[
error: task "a".timeout: only a command has this
  --> graph.lua:1
1 | task "a" { run = function() end, timeout = 3 }
help: give it to the steps inside, or to the command]])
    refused('task "a" { "x" } { "y" }', [[
error: task "a" is given a second table
  --> graph.lua:1
1 | task "a" { "x" } { "y" }]])
  end)

  it("for names that cannot be a key", function()
    refused('task "a/b" { "x" }', [[
error: the name of a task "a/b" must not hold / # [ ] or control characters
  --> graph.lua:1
1 | task "a/b" { "x" }]])
    refused('task "a\\nb" { "x" }', [[
error: the name of a task "a\nb" must not hold / # [ ] or control characters
  --> graph.lua:1
1 | task "a\nb" { "x" }]])
    refused('task "a\\255" { "x" }', [[
error: the name of a task must be UTF-8
  --> graph.lua:1
1 | task "a\255" { "x" }]])
    refused('task(7) { "x" }', [[
error: the name of a task must be a string, not 7
  --> graph.lua:1
1 | task(7) { "x" }]])
  end)

  it("for a pool that is not there or too small", function()
    refused('task.pool "browsers" { slots = 2 }\ntask "a" { "x",\n  pool = "browser" }', [[
error: task "a" is for pool "browser", but no pool has that name
  --> graph.lua:3
3 |   pool = "browser" }
help: did you mean "browsers"?]])
    refused('task "a" { "x", pool = "p" }', [[
error: task "a" is for pool "p", but no pool has that name
  --> graph.lua:1
1 | task "a" { "x", pool = "p" }
help: write task.pool "p" { slots = 2 }]])
    refused('task.pool "p" { slots = 2 }\ntask "a" { "x", pool = "p", weight = 3 }', [[
error: task "a" weighs 3, but pool "p" has only 2 slots
  --> graph.lua:2
2 | task "a" { "x", pool = "p", weight = 3 }]])
    refused('task.pool "p" { slots = 2 }\ntask "a" { "x", weight = 3 }', [[
error: task "a" weighs 3, but is for no pool
  --> graph.lua:2
2 | task "a" { "x", weight = 3 }
help: write pool = "…"]])
    refused('task.pool "p" { slots = 0 }', [[
error: pool "p".slots: must be a whole number, 1 or more, not 0
  --> graph.lua:1
1 | task.pool "p" { slots = 0 }]])
  end)

  it("for defaults given twice", function()
    refused('task.default { weight = 1 }\ntask.default { weight = 2 }', [[
error: task.default is given twice
  --> graph.lua:2
2 | task.default { weight = 2 }
help: the first is at graph.lua:1]])
  end)

  it("for names in one text where a list is meant", function()
    refused('task "a" { "x" }\ntask "b" { "x", needs = "a, c d," }', [[
error: task "b" needs "a, c d,", but no task has that name
  --> graph.lua:2
2 | task "b" { "x", needs = "a, c d," }
help: a list is written { "a", "c d" }]])
  end)

  it("for a matrix of more nodes than anybody can run, at once", function()
    refused([[
local v = {} for i = 1, 10 do v[i] = i end
task "a" { "x", matrix = { a = v, b = v, c = v, d = v, e = v, f = v, g = v, h = v, i = v } }
]], [[
error: task "a".matrix: makes 1000000000 nodes, and 100000 are the most
  --> graph.lua:2
2 | task "a" { "x", matrix = { a = v, b = v, c = v, d = v, e = v, f = v, g = v, h = v, i = v } }]])
  end)

  it("for a node that a matrix does not have", function()
    refused([[
task "e2e" { "x", matrix = { shard = { 1, 2 } } }
task "a" { "x", needs = "e2e[shard=3]" }
]], [[
error: task "a" needs "e2e[shard=3]", but "e2e" has no such node
  --> graph.lua:2
2 | task "a" { "x", needs = "e2e[shard=3]" }
help: one of its nodes is "e2e[shard=1]"]])
  end)
end)
