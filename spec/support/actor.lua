-- A scripted Claude Code for simulated worlds: it edits files at once and speaks stream-json.
-- Owns the words; what is done in each role is given by the spec.
local cjson = require "cjson"

local M = {}

local function flag(argv, name)
  for i, word in ipairs(argv) do
    if word == name then
      return argv[i + 1]
    end
  end
end

---A behaviour for `claude`. `roles.plan(prompt, cwd)`, `.implement(prompt, cwd, n)` and
---`.audit(prompt, cwd, n)` return the answer: a text, or a table for structured output.
---@param roles table<string, function>
---@return fun(opts: table): table behaviour
---@return { role: string, prompt: string }[] asked every question, in order
function M.new(roles)
  local asked, count = {}, {}
  return function(opts)
    local argv = opts.argv
    local role = flag(argv, "--json-schema") and "audit"
      or flag(argv, "--tools") and "plan" or "implement"
    count[role] = (count[role] or 0) + 1
    asked[#asked + 1] = { role = role, prompt = opts.stdin, resume = flag(argv, "--resume") }
    local answer = roles[role](opts.stdin, opts.cwd, count[role])
    local session = ("%s-%d"):format(role, count[role])
    local is_text = type(answer) == "string"
    return { after = 1, stdout = table.concat({
      cjson.encode { type = "system", subtype = "init", session_id = session },
      cjson.encode {
        type = "result", subtype = "success", is_error = false, session_id = session,
        result = is_text and answer or "{}", structured_output = not is_text and answer or nil,
        total_cost_usd = 0.01, permission_denials = {},
      },
    }, "\n") .. "\n" }
  end, asked
end

return M
