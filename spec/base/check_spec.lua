-- check: option tables and names, refused with the path, the nearest name and the script's line.
local check = require "neap.base.check"
local err = require "neap.base.err"

local function mistake(fn, ...)
  local ok, raised = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(err.is_usage(raised), tostring(raised))
  return raised
end

local SCHEMA = {
  timeout = "duration", attempts = "integer", budget = "money", limit = "size",
  needs = "strings", on_failure = { "hard", "soft" }, fn = "function", any = "any",
  even = function(v)
    if v % 2 == 0 then return v / 2 end
    return nil, "must be even"
  end,
}

describe("check.options", function()
  it("returns a converted copy", function()
    local given = { timeout = "1m", attempts = 3, budget = "$6", limit = "1MiB", needs = "a",
      on_failure = "soft", any = false, even = 4 }
    local got = check.options("x", given, SCHEMA)
    assert.same({ timeout = 60, attempts = 3, budget = 6, limit = 2 ^ 20, needs = { "a" },
      on_failure = "soft", any = false, even = 2 }, got)
    assert.equal("1m", given.timeout)
    assert.same({}, check.options("x", nil, SCHEMA))
  end)

  it("refuses an unknown key with the nearest name and the line of the key", function()
    local line
    local raised = mistake(function()
      line = debug.getinfo(1, "l").currentline + 1
      check.options('task "build"', {
        timeout = 1,
        atempts = 3,
      }, SCHEMA)
    end)
    assert.equal('task "build": unknown option "atempts"', raised.message)
    assert.equal('did you mean "attempts"?', raised.help)
    assert.equal("spec/base/check_spec.lua", (raised.file:gsub("^%./", "")))
    assert.equal(line + 2, raised.line)
  end)

  it("names the path of a wrong value", function()
    local raised = mistake(check.options, 'task "x"', { timeout = "soon" }, SCHEMA,
      { file = "none.lua", line = 7 })
    assert.matches('^task "x"%.timeout: must be a duration .* not "soon"$', raised.message)
    assert.equal(7, raised.line)
  end)

  it("refuses wrong types, closed sets, holes and predicates", function()
    for key, value in pairs { attempts = 1.5, budget = "6", limit = "big", needs = { 1 },
      on_failure = "x", fn = 1, even = 3 } do
      assert.matches("x%." .. key .. ": must be", mistake(check.options, "x",
        { [key] = value }, SCHEMA).message)
    end
    mistake(check.options, "x", { needs = { "a", nil, "b" } }, SCHEMA)
    mistake(check.options, "x", { needs = { a = "b" } }, SCHEMA)
    mistake(check.options, "x", "text", SCHEMA)
  end)

  it("leaves the array part to the caller, when allowed", function()
    local schema = { [1] = true, cwd = "string" }
    assert.same({ "ls", "-l", cwd = "/" }, check.options("x", { "ls", "-l", cwd = "/" }, schema))
    mistake(check.options, "x", { "ls" }, SCHEMA)
  end)
end)

describe("check.name", function()
  it("takes names with spaces and dots", function()
    assert.equal("ci is green v1.2", check.name("step", "ci is green v1.2"))
  end)

  it("refuses what a key of the journal cannot hold", function()
    for _, name in ipairs { "", "a/b", "a#2", "a[1]", "a\n", "a\255", "..", "store", 5,
      ("x"):rep(201) } do
      assert.matches("the name of a step", mistake(check.name, "step", name).message)
    end
  end)
end)

describe("check.nearest", function()
  it("finds typing mistakes and nothing far away", function()
    local list = { "test", "timeout", "build" }
    assert.equal("test", check.nearest("tests", list))
    assert.equal("timeout", check.nearest("tiemout", list))
    assert.equal("build", check.nearest("Biuld", list))
    assert.is_nil(check.nearest("deploy", list))
    assert.equal("known options: test, timeout, build", check.help("deploy", list, "options"))
  end)
end)
