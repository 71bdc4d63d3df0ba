-- Claude Code: every recording gives the reason, session, refusals and cost it is known to have.
local cjson = require "cjson"

local claude = require "neap.agent.claude"
local exit = require "neap.policy.exit"
local guard = require "spec.support.guard"

local ROOT = "spec/fixtures/claude/"

local function read(name)
  local file = io.open(ROOT .. name, "rb")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return text
end

-- What a line reader does, fed by pieces of `size()` bytes.
local function feed(stream, text, size)
  local parts, at, news = {}, 1, {}
  local function line()
    news[#news + 1] = stream:line(table.concat(parts), 1) or false
    parts = {}
  end
  while at <= #text do
    local n = size()
    local piece, from = text:sub(at, at + n - 1), 1
    at = at + n
    for stop in piece:gmatch("()\n") do
      parts[#parts + 1] = piece:sub(from, stop - 1)
      line()
      from = stop + 1
    end
    parts[#parts + 1] = piece:sub(from)
  end
  if #table.concat(parts) > 0 then
    line()
  end
  return news
end

local function verdict_of(case, stream)
  local tool = stream:finish(case.facts)
  local result = exit.classify(case.facts, tool)
  return {
    reason = result.reason,
    detail = result.detail,
    session = tool.session,
    denials = #tool.denials,
    cost = tool.cost,
  }
end

local function judge(case, text, size)
  local stream = claude.stream { schema = case.schema and {} or nil }
  feed(stream, text, size)
  return verdict_of(case, stream)
end

describe("the recordings of Claude Code", function()
  local cases = cjson.decode(read "expected.json")

  local names = {}
  for name in pairs(cases) do
    names[#names + 1] = name
  end
  table.sort(names)

  for _, name in ipairs(names) do
    local case, text = cases[name], read(name .. ".jsonl")

    it(("%s is judged the same whole, byte by byte and in chunks"):format(name), function()
      local seed = 1
      local function chunk()
        seed = (seed * 1103515245 + 12345) % 2147483648
        return 1 + seed % 700
      end
      assert.same(case.expected, judge(case, text, function() return #text end))
      assert.same(case.expected, judge(case, text, function() return 1 end))
      for _ = 1, 20 do
        assert.same(case.expected, judge(case, text, chunk))
      end
    end)
  end

  it("are all of them", function()
    assert.equal(44, #names)
  end)

  describe("through a real pipe #process", function()
    guard.watch(before_each, after_each)

    it("are judged the same when every byte is written by itself", function()
      local loop, said = guard.loop(), {}
      for _, name in ipairs(names) do
        local case = cases[name]
        local stream = claude.stream { schema = case.schema and {} or nil }
        local argv = { os.getenv "NEAP" or "build/dev/neap", "lua", "spec/support/drip.lua",
          ROOT .. name .. ".jsonl", "1" }
        if read(name .. ".jsonl") == "" then
          argv = { "true" }
        end
        assert(loop:spawn({ argv = argv, lines = true }, function(kind, text, which)
          if kind == "line" then
            stream:line(text, which)
          else
            said[name] = verdict_of(case, stream)
          end
        end))
      end
      loop:run()
      for _, name in ipairs(names) do
        assert.same(cases[name].expected, said[name], name)
      end
    end)
  end)
end)

describe("the stream of Claude Code", function()
  local function parse(name, request)
    local stream = claude.stream(request or {})
    local text = read(name .. ".jsonl")
    return stream, feed(stream, text, function() return #text end)
  end

  it("tells the session with its first line, before any work", function()
    local _, news = parse "success"
    assert.equal("26f7b5c5-f557-403c-830b-2433e4948596", news[1].session)
    assert.is_nil(news[2].session)
  end)

  it("does not take the tool's own retries for progress", function()
    local _, news = parse "rate_limit_429"
    assert.is_true(news[1].progress)
    for i = 2, #news do
      assert.is_false(news[i].progress)
    end
  end)

  it("names the tool that waits for permission", function()
    local stream, news = parse "stream_input_permission_stdio"
    assert.equal("Bash", news[#news].blocked_on)
    assert.same({ blocked_on = "Bash" }, stream:finish({}).pending)
  end)

  it("counts a message once, though it comes in several lines", function()
    local stream = parse "sigterm_mid_tool"
    local tool = stream:finish {}
    assert.equal(1, tool.turns)
    assert.equal(1300, tool.usage.input)
  end)

  it("takes the tokens of all models where the result's own sum is zero", function()
    local tool = parse("eof_mid"):finish {}
    assert.equal(3000, tool.usage.input)
    assert.equal(80, tool.usage.output)
  end)

  it("hands out the answer in the schema", function()
    local tool = parse("json_schema", { schema = {} }):finish {}
    assert.same({ ok = true, summary = "wrote hello.txt" }, tool.output)
  end)

  it("bears lines that are no JSON, unknown types and fields of the wrong kind", function()
    local stream = claude.stream {}
    for _, line in ipairs {
      "", "npm notice", "{", "[]", "null", '{"type":7}', '{"type":"assistant","message":3}',
      '{"type":"user","message":{"content":[1,{"type":"tool_result"}]}}', '{"type":"system"}',
      '{"type":"control_request","request":null}', '{"type":"new_thing","session_id":4}',
      '{"type":"assistant","message":{"id":"m","usage":{"input_tokens":null}}}',
      '{"type":"result","permission_denials":[7,{"tool_name":null}],"errors":"x","modelUsage":3}',
    } do
      stream:line(line, 1)
    end
    assert.equal("crashed", exit.classify({ code = 1 }, stream:finish {}).reason)
  end)

  it("believes a refusal to be got over once another tool worked", function()
    local function result(id, is_error)
      return cjson.encode { type = "user", message = { content = {
        { type = "tool_result", tool_use_id = id, is_error = is_error } } } }
    end
    local stream = claude.stream {}
    stream:line(result("a", true), 1)
    stream:line(result("b", false), 1)
    stream:line('{"type":"result","subtype":"success","is_error":false,'
      .. '"permission_denials":[{"tool_name":"Bash","tool_use_id":"a"}]}', 1)
    local tool = stream:finish {}
    assert.equal("normal", tool.terminal.reason)
    assert.same({ "Bash" }, tool.denials)
  end)
end)

describe("the command line of Claude Code", function()
  local function argv(request)
    return table.concat(claude.argv(request, cjson.encode), " ")
  end

  it("has no prompt on it and says what may be touched", function()
    assert.equal("-p --output-format stream-json --verbose --permission-mode acceptEdits",
      argv { access = "write" })
    assert.equal("-p --output-format stream-json --verbose --permission-mode dontAsk "
      .. "--tools Read,Glob,Grep --strict-mcp-config --setting-sources user",
      argv { access = "read" })
    assert.truthy(argv({ access = "full" }):find("bypassPermissions", 1, true))
  end)

  it("carries model, money, turns, schema and tools", function()
    local line = argv { access = "write", model = "opus", budget = 6, turns = 9,
      schema = { type = "object" }, allow = { "Bash(make *)", "Bash(git *)" } }
    for _, part in ipairs { "--model opus", "--max-budget-usd 6", "--max-turns 9",
      '--json-schema {"type":"object"}', "--allowedTools Bash(make *),Bash(git *)" } do
      assert.truthy(line:find(part, 1, true), part)
    end
  end)

  it("resumes a session instead of naming a new one", function()
    assert.truthy(argv({ access = "write", session = "s" }):find("--session-id s", 1, true))
    local line = argv { access = "write", session = "s", resume = "r" }
    assert.truthy(line:find("--resume r", 1, true))
    assert.is_nil(line:find("--session-id", 1, true))
  end)

  it("is given who pays, and nothing else of a surrounding agent", function()
    local env = claude.env {
      CLAUDECODE = "1", CLAUDE_CODE_ENTRYPOINT = "cli", CLAUDE_CODE_OAUTH_TOKEN = "t", HOME = "/h",
    }
    assert.same({ DISABLE_AUTOUPDATER = "1", CLAUDE_CODE_OAUTH_TOKEN = "t" }, env)
  end)
end)
