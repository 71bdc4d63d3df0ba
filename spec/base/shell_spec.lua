-- Words for /bin/sh.

local shell = require("neap.base.shell")

describe("a word quoted for the shell", function()
  it("is what the shell gives back", function()
    for _, word in ipairs { "plain", "two words", "it's", "$HOME", "a;b", "*", "`x`", "\\", '"',
      "line\nbreak", "-n", "ü", "!x" } do
      local pipe = assert(io.popen("printf %s " .. shell.quote(word)))
      assert.equal(word, pipe:read("*a"))
      pipe:close()
    end
    assert.equal("''", shell.quote(""))
  end)
end)
