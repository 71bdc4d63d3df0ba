-- environ: the environment of a child: ours, quiet, without what an agent left in it.

local native = require("neap.native")

local M = {}

-- Nobody is there to answer: programs must fail instead of asking.
local QUIET = {
  GIT_TERMINAL_PROMPT = "0", GIT_PAGER = "cat", PAGER = "cat", DEBIAN_FRONTEND = "noninteractive",
  GCM_INTERACTIVE = "never", PIP_NO_INPUT = "1",
}

local function is_agents(name)
  return name == "CLAUDECODE" or name:find("^CLAUDE_CODE_") or name:find("^OPENCODE")
    or name:find("^CODEX_SANDBOX") or name:find("^GEMINI_CLI") or name:find("^NEAP_ATTEMPT")
    or name:find("^GIT_DIR$") or name:find("^GIT_WORK_TREE$") or name:find("^GIT_INDEX_FILE$")
end

---Our environment as a child gets it; made once for a process.
---@return table<string, string>
function M.base()
  local env = {}
  for name, value in pairs(native.sys.env()) do
    if not is_agents(name) then
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
  local more = {}
  for name, value in pairs(vars or {}) do
    more[name] = tostring(value)
  end
  more.NEAP_ATTEMPT = mark
  return more
end

return M
