-- style: colours, columns and what is safe to print.
local style = require "neap.view.style"

describe("style", function()
  it("colours only when it may", function()
    assert.equal("\27[32mcompleted\27[0m", style.new(true):state("completed"))
    assert.equal("completed", style.new(false):state("completed"))
    assert.equal("odd", style.new(true):state("odd"))
    assert.equal("", style.new(true):paint("red", ""))
  end)

  it("takes away what would move the cursor", function()
    assert.equal("red  tab", style.clean("\27[31mred\27[0m\ttab\7\r"))
    assert.equal("a\nb", style.clean("a\nb"))
  end)

  it("cuts a line by characters, not bytes", function()
    assert.equal("first", style.line("first\nsecond"))
    assert.equal("ééé…", style.line("éééééé", 4))
    assert.equal("éééé", style.line("éééé", 4))
    assert.equal(("é"):rep(1999) .. "…", style.line(("é"):rep(3000), 2000))
    assert.equal(("x"):rep(1999) .. "…", style.line(("x"):rep(3000), 2000))
  end)

  it("aligns columns of UTF-8 text", function()
    assert.same({ "ü  x", "ab y" }, { style.pad("ü", 2) .. " x", style.pad("ab", 2) .. " y" })
    assert.same({ "ü   x", "ab  y", "c" },
      style.columns { { "ü", "x" }, { "ab", "y" }, { "c", "" } })
  end)

  it("says when: the day only when it is another one", function()
    local now = 1760000000000
    assert.matches("^%d%d:%d%d:%d%d$", style.time(now - 1000, now))
    assert.matches("^%d+%-%d+%-%d+ %d%d:%d%d:%d%d$", style.time(now - 2 * 86400 * 1000, now))
    assert.equal("2h ago", style.ago(now - 7300 * 1000, now))
    assert.equal("0s ago", style.ago(now + 5000, now))
  end)
end)
