local glob = require "neap.gate.glob"

describe("a glob", function()
  it("stays in a directory unless it says **", function()
    assert.is_true(glob.matches("spec/a.lua", { "spec/*.lua" }))
    assert.is_false(glob.matches("spec/deep/a.lua", { "spec/*.lua" }))
    assert.is_true(glob.matches("spec/deep/a.lua", { "spec/**" }))
    assert.is_true(glob.matches("a.lua", { "**/*.lua" }))
    assert.is_true(glob.matches("x/y/a.lua", { "**/*.lua" }))
  end)

  it("is the whole path, and its dots are dots", function()
    assert.is_false(glob.matches("myspec/a", { "spec/**" }))
    assert.is_false(glob.matches("axlua", { "a.lua" }))
    assert.is_true(glob.matches("a-b+c.(1)", { "a-b+c.(?)" }))
    assert.is_false(glob.matches("a", {}))
  end)
end)
