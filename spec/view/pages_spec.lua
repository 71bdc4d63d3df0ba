-- The pages of ls, show, events and graph, and the words after an interrupt.
local events = require "neap.view.events"
local graph = require "neap.view.graph"
local interrupted = require "neap.view.interrupted"
local run_page = require "neap.view.run"
local runs = require "neap.view.runs"
local style = require "neap.view.style"

local NOW = 1760000000000
local opts = { style = style.new(false), now_ms = NOW }

describe("neap ls", function()
  it("is a table, newest first, with what a run waits for", function()
    local lines = runs.render({
      { id = "0b", name = "ship", state = "waiting", updated_at = NOW - 5000,
        waits = { on = { { kind = "receive", step = "review" } } } },
      { id = "0a", name = "ship", key = "v1", state = "failed", reason = "timeout",
        updated_at = NOW - 7200000 },
    }, { style = opts.style, now_ms = NOW, total = 12 })
    assert.same({
      "RUN  NAME         STATE    UPDATED",
      "0b   ship         waiting  5s ago   review waits for a message",
      "0a   ship key=v1  failed   2h ago   timeout",
      "and 10 older: neap ls --all",
    }, lines)
  end)

  it("says when there are none", function()
    assert.same({ "no runs yet" }, runs.render({}, opts))
  end)
end)

describe("neap show", function()
  it("is the run, its steps with their attempts, and its errors", function()
    local lines = run_page.render({
      run = { id = "0a", name = "ship", state = "failed", file = "/w/ship.lua", args = '["x"]',
        created_at = NOW - 60000, ended_at = NOW - 30000,
        failure = { reason = "crashed", message = "oh" } },
      steps = {
        { key = "plan", kind = "step", state = "completed", duration = 1.5, attempts = 1 },
        { key = "test", kind = "gate", state = "failed", duration = 2, attempts = 2,
          failure = { reason = "crashed", detail = "exit", message = "code 1" } },
        { key = "ship", kind = "command", state = "skipped", cause = "test" },
      },
      attempts = {
        { step = "test", attempt = 1, state = "ended", reason = "crashed.exit",
          started_at = NOW, ended_at = NOW + 1000 },
        { step = "test", attempt = 2, state = "ended", reason = "crashed.exit",
          started_at = NOW, ended_at = NOW + 2000 },
      },
      errors = { { step = "test", attempt = 1, at = NOW, reason = "crashed.exit",
        message = "code 1\nmore" } },
    }, opts)
    local text = table.concat(lines, "\n")
    assert.matches("^ship\nrun      0a\nstate    failed\n", text)
    assert.matches('\ninput    %["x"%]\n', text)
    assert.matches("\ntook     30s\nfailure  crashed: oh\n", text)
    assert.matches("\nSTEP         STATE      KIND     TOOK\n", text)
    assert.matches("\nplan         completed  step     1.5s\n", text)
    assert.matches("\ntest         failed     gate     2s    crashed.exit: code 1\n", text)
    assert.matches("\n  attempt 2  ended               2s    crashed.exit\n", text)
    assert.matches("\nship         skipped    command        because of test\n", text)
    assert.matches("\ncrashed.exit  test, attempt 1  [%d:]+\n  code 1\n  more$", text)
  end)
end)

describe("neap events", function()
  it("is a line for each", function()
    assert.matches('^    3  [%d:]+  attempt.ended       test %(2%) +{"a":1}$', events.line({ n = 3,
      at = NOW, type = "attempt.ended", step = "test", attempt = 2, data = '{"a":1}' }, opts))
    assert.matches("^    1  [%d:]+  run.created$", events.line({ n = 1, at = NOW,
      type = "run.created" }, opts))
  end)
end)

describe("neap graph", function()
  local picture = {
    name = "release", critical = { "a", "b" },
    nodes = {
      { name = "a", needs = {}, runs = "make a", guards = { "attempts 3" } },
      { name = "b", needs = { { name = "a", mode = "hard" } }, runs = "make b" },
      { name = 'c"', needs = { { name = "a", mode = "soft" } } },
    },
  }

  it("is text with needs first", function()
    assert.same({
      "TASK  NEEDS     RUNS",
      "a               make a  attempts 3",
      "b     a         make b",
      'c"    a (soft)',
      "",
      "release: 3 nodes, 2 needs",
      "longest path: a -> b",
    }, graph.text(picture, opts.style))
  end)

  it("is DOT and Mermaid, with names quoted", function()
    local dot = table.concat(graph.dot(picture), "\n")
    assert.matches('digraph "release" {', dot, 1, true)
    assert.matches('"a" -> "c\\"" [style=dashed, label="soft"];', dot, 1, true)
    local mermaid = table.concat(graph.mermaid(picture), "\n")
    assert.matches("n1 --> n2", mermaid, 1, true)
    assert.matches("n1 -. soft .-> n3", mermaid, 1, true)
    assert.matches('n3["c#quot;"]', mermaid, 1, true)
  end)

  it("is Mermaid that shows any name as it is", function()
    local odd = { name = "odd", critical = {},
      nodes = { { name = [[<b>&amp;`n`\n]], needs = {} } } }
    assert.same({ "graph LR", '  n1["#lt;b#gt;#amp;amp;#96;n#96;#92;n"]' }, graph.mermaid(odd))
  end)

  it("shows live states", function()
    picture.nodes[1].state = "completed"
    local lines = graph.text(picture, opts.style)
    assert.matches("^TASK  STATE      NEEDS", lines[1])
    assert.matches("^a     completed", lines[2])
    assert.matches("^b     %-", lines[3])
    assert.matches("fillcolor", table.concat(graph.dot(picture)))
  end)
end)

describe("after an interrupt", function()
  it("a person knows what will not wake by itself and how to go on", function()
    local run = { id = "0a", file = "/w/my ship.lua", args = { "issue.md", "it's" } }
    local lines = interrupted.render(run,
      { { key = "soak", kind = "sleep", state = "waiting", due = NOW + 3600000 },
        { key = "build", kind = "command", state = "running" } }, opts)
    assert.equal("interrupted: everything finished is on record", lines[1])
    assert.matches("^will not wake by itself: soak sleeps until .* %(in 1h%)$", lines[2])
    assert.equal("will run again: build", lines[3])
    assert.equal([[go on with: neap run '/w/my ship.lua' issue.md 'it'\''s']], lines[4])
  end)
end)
