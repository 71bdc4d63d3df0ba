#!/usr/bin/env -S neap run
-- From an issue to a merged change: neap run examples/ship.lua issue.md
-- plan -> implement -> test -> audit -> merge. Kill it anywhere and run it again: it goes on.
local neap = require "neap"
local lifecycle = require "neap.lifecycle"

-- Without NEAP_DEMO_AGENT=claude a small stand-in works: it speaks as Claude Code does and edits
-- the files of examples/roman.
local here = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"
local is_real = os.getenv "NEAP_DEMO_AGENT" == "claude"

local claude = neap.agent "claude" {
  program = is_real and "claude" or { "neap", "lua", here .. "agent.lua" },
  allow = "Bash(neap lua *)", -- its own look at the tests; the gate decides
  budget = "$6",
  silence = "10m",
}

return lifecycle "ship" {
  plan = { agent = claude, access = "read" },
  implement = { agent = claude, attempts = 3 },
  test = { gate = { "neap", "lua", "spec/roman_spec.lua" }, timeout = "1m", protect = "spec/**" },
  audit = { agent = claude, min_confidence = 0.7 },
  merge = { into = "main", style = "squash", auto = "on_auditor_approve" },
}
