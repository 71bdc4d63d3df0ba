-- environ: the environment of a child: ours, quiet, without what an agent left in it.

local native = require("neap.native")

local M = {}

-- Nobody is there to answer: programs must fail instead of asking.
local QUIET = {
  GIT_TERMINAL_PROMPT = "0", GIT_PAGER = "cat", PAGER = "cat", DEBIAN_FRONTEND = "noninteractive",
  GCM_INTERACTIVE = "never", PIP_NO_INPUT = "1",
}

-- What a surrounding agent, neap or git hook left for its own children.
local THEIRS = {
  "^CLAUDECODE$", "^CLAUDE_CODE_", "^CLAUDE_EFFORT$", "^AI_AGENT$", "^OPENCODE", "^CODEX_SANDBOX",
  "^GEMINI_CLI", "^NEAP_ATTEMPT", "^GIT_DIR$", "^GIT_WORK_TREE$", "^GIT_INDEX_FILE$",
}

local NONE = {}

local function is_theirs(name)
  for _, pattern in ipairs(THEIRS) do
    if name:find(pattern) then
      return true
    end
  end
  return false
end

-- It is done with before it pays to compile it, a trace for each pattern.
jit.off(is_theirs)

---Our environment as a child gets it; made once for a process.
---@return table<string, string>
function M.base()
  local env = {}
  for name, value in pairs(native.sys.env()) do
    if not is_theirs(name) then
      env[name] = value
    end
  end
  for name, value in pairs(QUIET) do
    if env[name] == nil then
      env[name] = value
    end
  end
  return env
end

---What one child gets on top of it: its own variables, and the mark by which it is found again.
---@param vars? table<string, any>
---@param mark? string
---@return table<string, string>
function M.more(vars, mark)
  local more = { NEAP_ATTEMPT = mark }
  for name, value in pairs(vars or NONE) do
    if name ~= "NEAP_ATTEMPT" then
      more[name] = tostring(value)
    end
  end
  return more
end

return M
