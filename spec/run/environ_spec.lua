-- What a child of neap finds in its environment.
local shell = require "spec.support.shell"

local SHOW = [[
local env = require("neap.run.environ").base()
for _, name in ipairs(arg) do io.write(name, "=", tostring(env[name]), "\n") end
]]

describe("the environment of a child #process", function()
  local dir

  before_each(function()
    dir = shell.dir()
    shell.write(dir .. "/show.lua", SHOW)
  end)

  after_each(function()
    shell.remove(dir)
  end)

  local function seen(given, names)
    local line = ("env %s $NEAP lua show.lua %s"):format(given, names)
    local code, out, problems = shell.run(dir, line)
    assert.equal(0, code, problems)
    return out
  end

  it("is ours, without what an agent, git or another neap left in it", function()
    local theirs = "CLAUDECODE CLAUDE_CODE_SSE_PORT CLAUDE_EFFORT AI_AGENT OPENCODE_BIN "
      .. "CODEX_SANDBOX GEMINI_CLI NEAP_ATTEMPT GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE"
    local given = theirs:gsub("[%w_]+", "%0=1")
    assert.equal(theirs:gsub("[%w_]+ ?", function(name)
      return name:gsub(" ", "") .. "=nil\n"
    end) .. "MINE=1\n", seen(given .. " MINE=1", theirs .. " MINE"))
  end)

  it("makes programs fail rather than ask, unless somebody said otherwise", function()
    assert.equal("GIT_TERMINAL_PROMPT=0\nPAGER=less\n",
      seen("-u GIT_TERMINAL_PROMPT PAGER=less", "GIT_TERMINAL_PROMPT PAGER"))
  end)
end)
