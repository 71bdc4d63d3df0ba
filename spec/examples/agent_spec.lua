-- The stand-in speaks as the recordings do: no line has a field that Claude Code does not write.
local cjson = require "cjson"

local claude = require "neap.agent.claude"
local repository = require "spec.support.repository"

local NEAP = os.getenv "NEAP" or "build/dev/neap"
local TOP = repository.sh(".", "pwd")
if NEAP:sub(1, 1) ~= "/" then
  NEAP = TOP .. "/" .. NEAP
end

local function run(dir, flags, prompt)
  repository.write(dir, "prompt", prompt)
  local stream = claude.stream { schema = flags:find "json%-schema" and {} or nil }
  local events = {}
  local text = repository.sh(dir, ("%s lua %s/examples/agent.lua -p --output-format stream-json "
    .. "--verbose %s <prompt"):format(NEAP, TOP, flags))
  for line in text:gmatch "[^\n]+" do
    stream:line(line, 1)
    events[#events + 1] = cjson.decode(line)
  end
  return stream:finish {}, events
end

local function program()
  local dir = repository.folder()
  repository.sh(dir, ("cp -r %s/examples/roman/. ."):format(TOP))
  return dir
end

local function failing(dir)
  return repository.sh(dir, NEAP .. " lua spec/roman_spec.lua || true")
end

-- Fields seen in recordings, by kind of line.
local function known_fields()
  local known = {}
  for _, name in ipairs { "success", "json_schema" } do
    for line in io.lines("spec/fixtures/claude/" .. name .. ".jsonl") do
      local event = cjson.decode(line)
      local kind = known[event.type] or {}
      known[event.type] = kind
      for field in pairs(event) do
        kind[field] = true
      end
    end
  end
  return known
end

describe("the stand-in for Claude Code #process", function()
  after_each(repository.remove_all)

  local issue = "roman(4) is IIII, not IV"

  it("plans without touching a file", function()
    local dir = program()
    local before = repository.read(dir, "roman.lua")
    local tool = run(dir, "--permission-mode dontAsk --tools Read,Glob,Grep", issue)
    assert.equal("normal", tool.terminal.reason)
    assert.truthy(tool.text:find("4 is IV", 1, true))
    assert.equal(before, repository.read(dir, "roman.lua"))
  end)

  it("fixes what it is told, and the rest when it is told the failure", function()
    local dir = program()
    local tool = run(dir, "--permission-mode acceptEdits", issue)
    assert.equal("normal", tool.terminal.reason)
    assert.truthy(tool.cost > 0)
    local output = failing(dir)
    assert.is_nil(output:find("roman(4) ", 1, true))
    assert.truthy(output:find("FAIL roman(40) is XXXX, not XL", 1, true))
    run(dir, "--permission-mode acceptEdits", issue .. "\n" .. output)
    assert.truthy(failing(dir):find("10 of 10 are right", 1, true))
  end)

  it("answers in the auditor's schema", function()
    local tool = run(program(),
      "--permission-mode dontAsk --tools Read,Glob,Grep --json-schema '{}'",
      "+++ b/roman.lua\n@@\n+  { 4, \"IV\" },\n")
    assert.is_nil(require("neap.audit.verdict").problem(tool.output))
    assert.equal("approve", tool.output.verdict)
  end)

  it("keeps the session it is given", function()
    local tool = run(program(),
      "--permission-mode dontAsk --tools Read,Glob,Grep --resume abc", issue)
    assert.equal("abc", tool.session)
  end)

  it("writes no field that the recordings do not have", function()
    local known = known_fields()
    for _, flags in ipairs { "--permission-mode acceptEdits", "--json-schema '{}'" } do
      local _, events = run(program(), flags, issue)
      assert.equal("system", events[1].type)
      for _, event in ipairs(events) do
        for field in pairs(event) do
          assert.truthy(known[event.type][field], event.type .. "." .. field)
        end
      end
    end
  end)

  it("refuses a flag it does not know, as Claude Code does", function()
    local dir = program()
    local said = repository.sh(dir, NEAP .. " lua " .. TOP .. "/examples/agent.lua --x || true")
    assert.equal("error: unknown option '--x'", said)
  end)
end)
