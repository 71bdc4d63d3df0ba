-- A simulated world over a real repository with a lifecycle to run: the program is a file "a" that
-- must say "right", its test is check.sh.
local actor = require "spec.support.actor"
local lifecycle = require "neap.lifecycle"
local neap = require "neap"
local really = require "spec.support.really"
local repository = require "spec.support.repository"
local testing = require "neap.testing"

local sh, write = repository.sh, repository.write

local M = {}

M.approval = { verdict = "approve", confidence = 0.9, summary = "good", concerns = {} }

---An agent that works by `roles` (default: right at once), and a script to run.
---@param roles? table<string, function>
---@param options? { attempts?: integer, auto?: string, into?: string, bare?: boolean }
function M.new(roles, options)
  local s = { world = testing.world(), repo = repository.new() }
  write(s.repo, "a", "wrong\n")
  write(s.repo, "check.sh", 'grep -qx right a || { echo "a says $(cat a)"; exit 1; }\n')
  s.first = repository.commit(s.repo, "wrong")
  write(s.repo, ".git/issue", "# Make it right\n\nIt says wrong.\n")
  local work = {
    plan = function() return "say right" end,
    implement = function(_, cwd) write(cwd, "a", "right\n") return "done" end,
    audit = function() return M.approval end,
  }
  for role, fn in pairs(roles or {}) do
    work[role] = fn
  end
  local behaviour
  behaviour, s.asked = actor.new(work)
  s.world.loop:script("^claude ", behaviour)
  s.world.loop:script(".", really)
  local o = options or {}
  if o.bare then
    s.bare = sh(s.repo, "git clone -q --bare . .git/bare && echo $PWD/.git/bare")
  end
  local claude = neap.agent "claude" { retry = 1 }
  s.script = lifecycle "ship" {
    repo = s.bare or s.repo,
    plan = { agent = claude, access = "read" },
    implement = { agent = claude, attempts = o.attempts },
    test = { gate = { "sh", "check.sh" }, protect = "check.sh" },
    audit = { agent = claude, min_confidence = 0.7 },
    merge = { into = o.into or "main", auto = o.auto or "on_auditor_approve" },
  }
  function s.run()
    return s.world:run(s.script, { args = { s.repo .. "/.git/issue" } })
  end
  function s.log()
    return sh(s.repo, "git log --format=%s main")
  end
  function s.trees()
    return sh(s.repo, "git worktree list | wc -l; git branch --list 'neap/*'")
  end
  return s
end

---The types of events, with the state where there is one.
function M.kinds(events, wanted)
  local list = {}
  for _, event in ipairs(events) do
    if event.type:find(wanted) then
      list[#list + 1] = event.type .. (event.data.state and " " .. event.data.state or "")
    end
  end
  return list
end

return M
