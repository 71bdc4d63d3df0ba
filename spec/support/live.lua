-- The real Claude Code, driven by neap, with a stub model server behind it: both are named by the
-- environment (NEAP_LIVE_CLAUDE, NEAP_LIVE_STUB). Owns the folders; only loopback is reached.
local cjson = require "cjson"

local native = require "neap.native"
local shell = require "spec.support.shell"

local M = {
  claude = os.getenv "NEAP_LIVE_CLAUDE", stub = os.getenv "NEAP_LIVE_STUB",
}

---Why there is nothing to test here, or nil.
M.missing = not M.claude and "NEAP_LIVE_CLAUDE, the path of Claude Code, is not set"
  or not M.stub and "NEAP_LIVE_STUB, the path of a stub model server for node, is not set"
  or os.execute "command -v node >/dev/null" ~= 0 and "there is no node" or nil

local SCRIPT = [[
local neap = require "neap"
local claude = neap.agent "claude" (%s)
local task = %s
return neap.workflow "live" (function(w) return w:run(claude(task)) end)
]]

-- The server of a mode: `serve MODE` starts it, or ends the one before it and starts another.
local PRELUDE = [[
export HOME="$PWD/home" ANTHROPIC_BASE_URL=http://127.0.0.1:%d ANTHROPIC_API_KEY=none
export STUB_PORT=%d STUB_CWD="$PWD" HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1
serve() {
    [ -z "${stub-}" ] || kill "$stub"
    while [ -n "${stub-}" ] && kill -0 "$stub" 2>/dev/null; do sleep 0.05; done
    STUB_MODE=$1 exec_stub & stub=$!
    until grep -q ready stub.out; do kill -0 "$stub" || exit 99; sleep 0.05; done
}
exec_stub() { exec node '%s' >stub.out 2>&1; }
trap 'kill "$stub"' EXIT
wait_for() { until [ -e "$1" ]; do sleep 0.05; done; }
]]

local function literal(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for name, inner in pairs(value) do
    parts[#parts + 1] = ("[%q] = %s"):format(name, literal(inner))
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local folders, port = {}, 20000 + native.sys.pid() % 20000

---A folder with a workflow that gives `task` to an agent with `options`.
---@return table live
function M.new(options, task)
  local o = { program = M.claude, retry = 1, env = { CLAUDE_CODE_MAX_RETRIES = "2" } }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  local given = { prompt = "write the file; xyzzy" }
  for name, value in pairs(task or {}) do
    given[name] = value
  end
  local dir = shell.dir()
  folders[#folders + 1] = dir
  os.execute(("mkdir '%s/home'"):format(dir))
  shell.write(dir .. "/live.lua", SCRIPT:format(literal(o), literal(given)))
  return setmetatable({ dir = dir }, { __index = M })
end

---Shell lines in the folder, with `serve` and `wait_for`.
---@return integer code
---@return string output
function M:sh(lines)
  port = port + 1
  shell.write(self.dir .. "/run.sh", PRELUDE:format(port, port, M.stub) .. lines)
  local code, out, problems = shell.run(self.dir, "timeout 60 sh run.sh")
  return code, out .. problems
end

---One run against a stub in `mode`.
function M:run(mode)
  return self:sh(("serve %s\n$NEAP run live.lua; exit $?"):format(mode))
end

---The events on record of a type.
---@return table[]
function M:events(type)
  local _, out = shell.run(self.dir, "$NEAP events live --json")
  local list = {}
  for line in out:gmatch "[^\n]+" do
    local event = cjson.decode(line)
    if event.type == type then
      list[#list + 1] = event
    end
  end
  return list
end

---The last attempt as it ended.
function M:ended()
  local list = self:events "attempt.ended"
  return list[#list].data
end

---How many processes of this run are alive, whatever group they are in.
function M:alive()
  local n = 0
  for _, event in ipairs(self:events "attempt.intended") do
    n = n + native.sys.sweep(event.data.mark, 0)
  end
  return n
end

function M:read(name)
  return shell.read(self.dir .. "/" .. name)
end

function M.remove_all()
  for _, dir in ipairs(folders) do
    shell.remove(dir)
  end
  folders = {}
end

return M
