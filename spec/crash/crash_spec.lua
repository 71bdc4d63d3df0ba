-- #process #slow  neap is killed before and after each durable system call of a two-task graph,
-- then goes on; what is on record must be what an undisturbed run leaves.

local shell = require("spec.support.shell")

local script = [[
local task = require("neap").task
task "one" { sh = 'echo "$NEAP_ATTEMPT" >> effects; echo first' }
task "two" { sh = 'echo "$NEAP_ATTEMPT" >> effects; echo second', needs = "one" }
]]

local function place()
  local dir = shell.dir()
  shell.write(dir .. "/two.lua", script)
  return dir
end

local function query(dir, sql)
  local _, out = shell.run(dir, ("sqlite3 -readonly .neap/neap.db \"%s\""):format(sql))
  return out
end

local RECORD = "SELECT key, kind, state, value FROM step ORDER BY key"

local function absolute(path)
  return path:sub(1, 1) == "/" and path or shell.cwd() .. "/" .. path
end

local function crashing(dir, at, when)
  return shell.run(dir, ("ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 "
    .. "LD_PRELOAD='%s/neap_crash.so' NEAP_CRASH_AT=%d NEAP_CRASH_WHEN=%s "
    .. "NEAP_CRASH_COUNT=count \"$NEAP\" run two.lua"):format(absolute(shell.build), at, when))
end

local function check_effects(dir, where)
  local seen, marks = {}, 0
  for mark in (shell.read(dir .. "/effects") or ""):gmatch("[^\n]+") do
    assert.is_nil(seen[mark], where .. ": attempt started twice: " .. mark)
    seen[mark], marks = true, marks + 1
  end
  assert.is_true(marks >= 2, where .. ": a task never ran")
  return marks
end

describe("a kill at any durable system call", function()
  it("loses nothing and starts no attempt twice", function()
    local dir = place()
    local code, _, problem = crashing(dir, 0, "before")
    assert.equal(0, code, problem)
    local total = tonumber(shell.read(dir .. "/count"))
    local undisturbed = query(dir, RECORD)
    assert.matches("two|command|completed", undisturbed, 1, true)
    assert.is_true(total > 5)
    shell.remove(dir)

    local tried, killed = 0, 0
    for _, when in ipairs { "before", "after" } do
      for at = 1, total do
        local where = ("%s call %d"):format(when, at)
        dir = place()
        local said
        code, said = crashing(dir, at, when)
        tried, killed = tried + 1, killed + (code == 137 and 1 or 0)
        local again, out, err = shell.run(dir, "\"$NEAP\" run two.lua")
        assert.equal(0, again, where .. "\n" .. out .. err)
        -- When the kill came after the end was told, the second command is a run of its own.
        local runs = tonumber(query(dir, "SELECT count(*) FROM run"))
        assert.equal(query(dir, "SELECT count(*) FROM run WHERE state = 'completed'"),
          runs .. "\n", where)
        if runs == 1 then
          assert.equal(undisturbed, query(dir, RECORD), where)
        else
          assert.matches("\ncompleted in ", said, where)
        end
        check_effects(dir, where)
        assert.equal(0, (shell.run(dir, "\"$NEAP\" verify")), where)
        shell.remove(dir)
      end
    end
    assert.is_true(killed >= total, "only " .. killed .. " of " .. tried .. " were killed")
    print(("crash points tried: %d, kills survived: %d, steps lost: 0"):format(tried, killed))
  end)

  it("that refuses instead parks the run, and it goes on when the disk is well", function()
    local dir = place()
    crashing(dir, 0, "before")
    local total = tonumber(shell.read(dir .. "/count"))
    local undisturbed = query(dir, RECORD)
    shell.remove(dir)
    local parked = 0
    for at = 1, total do
      local where = ("refused from call %d on"):format(at)
      dir = place()
      local code, out, problem = crashing(dir, at, "fail")
      assert.is_true(code == 0 or code == 7, where .. ": " .. code .. "\n" .. out .. problem)
      assert.not_matches("traceback", problem, where)
      parked = parked + (code == 7 and 1 or 0)
      local again
      again, out, problem = shell.run(dir, "\"$NEAP\" run two.lua")
      assert.equal(0, again, where .. "\n" .. out .. problem)
      if query(dir, "SELECT count(*) FROM run") == "1\n" then
        assert.equal(undisturbed, query(dir, RECORD), where)
      else
        assert.equal(0, code, where)
      end
      check_effects(dir, where)
      assert.equal(0, (shell.run(dir, "\"$NEAP\" verify")), where)
      shell.remove(dir)
    end
    assert.is_true(parked > total / 2, "only " .. parked .. " of " .. total .. " were parked")
  end)
end)
