-- A stand-in for Claude Code: `neap lua examples/agent.lua -p --output-format stream-json …`.
-- It speaks the same stream-json, reads its prompt from stdin and really edits files, but it thinks
-- nothing: it does what the examples in its prompt say ("roman(4) is IIII, not IV"), no more. So it
-- fixes what the issue names, and the rest only once the failure of the tests is in its prompt.
local json = require "neap.base.json"

local PROGRAM = "roman.lua"
local MODEL = "stand-in"

local VALUED = {
  ["--output-format"] = "format", ["--permission-mode"] = "mode", ["--json-schema"] = "schema",
  ["--resume"] = "session", ["--session-id"] = "session", ["--model"] = "model",
  ["--max-turns"] = "turns", ["--max-budget-usd"] = "budget", ["--tools"] = "tools",
  ["--allowedTools"] = "allowed", ["--setting-sources"] = "settings",
}
local PLAIN = { ["-p"] = "print", ["--verbose"] = "verbose", ["--strict-mcp-config"] = "strict" }

local function die(message)
  io.stderr:write(message, "\n")
  os.exit(1)
end

local function read_options(words)
  local options, i = {}, 1
  while words[i] do
    local word = words[i]
    if VALUED[word] then
      options[VALUED[word]] = words[i + 1]
      i = i + 1
    elseif PLAIN[word] then
      options[PLAIN[word]] = true
    else
      die(("error: unknown option '%s'"):format(word))
    end
    i = i + 1
  end
  if options.format == "stream-json" and not options.verbose then
    die("Error: When using --print, --output-format=stream-json requires --verbose")
  end
  return options
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function uuid()
  return (read("/proc/sys/kernel/random/uuid"):gsub("%s", ""))
end

local options = read_options(arg)
local session = options.session or uuid()
local turns, calls = 0, 0

-- One line of stream-json. The pause makes a spectator see work, not a flash.
local function say(event)
  event.session_id = session
  event.uuid = uuid()
  io.stdout:write(json.encode(event), "\n")
  io.stdout:flush()
  local pause = os.getenv "NEAP_AGENT_PAUSE"
  if pause and event.type ~= "result" then
    os.execute("sleep " .. pause)
  end
end

local function assistant(block)
  turns = turns + 1
  say { type = "assistant", parent_tool_use_id = json.null, message = {
    id = ("msg_%04d"):format(turns), type = "message", role = "assistant", model = MODEL,
    content = { block }, stop_reason = json.null,
    usage = { input_tokens = 1300, output_tokens = 1, cache_read_input_tokens = 1000,
      cache_creation_input_tokens = 0 },
  } }
end

local function tool(name, input, run)
  calls = calls + 1
  local id = ("toolu_%04d"):format(calls)
  assistant { type = "tool_use", id = id, name = name, input = input }
  say { type = "user", parent_tool_use_id = json.null, message = { role = "user", content = {
    { type = "tool_result", tool_use_id = id, content = run() } } } }
end

local function result(fields)
  local cost = 0.0048 * turns
  local answer = {
    type = "result", subtype = "success", is_error = false, api_error_status = json.null,
    num_turns = turns, total_cost_usd = cost, permission_denials = json.array {},
    stop_reason = "end_turn", terminal_reason = "completed", duration_ms = 100,
    duration_api_ms = 50,
    usage = { input_tokens = 1300 * turns, output_tokens = 40 * turns,
      cache_read_input_tokens = 1000 * turns, cache_creation_input_tokens = 0 },
    modelUsage = { [MODEL] = { inputTokens = 1300 * turns, outputTokens = 40 * turns,
      cacheReadInputTokens = 1000 * turns, cacheCreationInputTokens = 0, costUSD = cost } },
  }
  for name, value in pairs(fields) do
    answer[name] = value
  end
  say(answer)
end

-- The wrong answers named in a text: value -> the right numeral, where it is a single rule.
local function examples(text)
  local rules = {}
  for value, numeral in text:gmatch("roman%((%d+)%) is %u+, not (%u+)") do
    if #numeral == 2 then
      rules[#rules + 1] = { tonumber(value), numeral }
    end
  end
  return rules
end

-- Rows of the program's table, "  { 10, "X" },", kept from the largest to the smallest.
local function add_row(source, value, numeral)
  local row = ('  { %d, "%s" },\n'):format(value, numeral)
  if source:find(row, 1, true) then
    return source
  end
  for at, smaller in source:gmatch('()  { (%d+), "%u+" },\n') do
    if tonumber(smaller) < value then
      return source:sub(1, at - 1) .. row .. source:sub(at)
    end
  end
  return source
end

local function plan(prompt)
  local rules = examples(prompt)
  local names = {}
  for i, rule in ipairs(rules) do
    names[i] = ("%d is %s"):format(rule[1], rule[2])
  end
  local text = ("1. Add to the table of %s, in its order: %s.\n2. Run the tests.")
    :format(PROGRAM, table.concat(names, ", "))
  assistant { type = "text", text = text }
  result { result = text }
end

local function implement(prompt)
  local source
  assistant { type = "text", text = ("I will add the missing rows to %s."):format(PROGRAM) }
  tool("Read", { file_path = PROGRAM }, function()
    source = read(PROGRAM)
    return source
  end)
  for _, rule in ipairs(examples(prompt)) do
    source = add_row(source, rule[1], rule[2])
  end
  tool("Write", { file_path = PROGRAM, content = source }, function()
    write(PROGRAM, source)
    return "File written: " .. PROGRAM
  end)
  assistant { type = "text", text = "Done: all numerals are right now." } -- it always says so
  result { result = "Done: all numerals are right now." }
end

local function audit(prompt)
  local rows = select(2, prompt:gsub('\n%+  { %d+, "%u%u" },', ""))
  local answer = {
    verdict = rows > 0 and "approve" or "reject", confidence = 0.9,
    summary = ("The change adds %d rows to the table, in its order."):format(rows),
    concerns = json.array {},
  }
  tool("StructuredOutput", answer, function()
    return "Structured output provided successfully"
  end)
  result { result = json.encode(answer), structured_output = answer, stop_reason = "tool_use" }
end

local prompt = io.read("*a")
say {
  type = "system", subtype = "init", cwd = os.getenv "PWD", model = MODEL,
  mcp_servers = json.array {}, tools = { "Read", "Write" }, permissionMode = options.mode,
  claude_code_version = "2.1.197",
}
if options.schema then
  audit(prompt)
elseif options.tools then
  plan(prompt)
else
  implement(prompt)
end
