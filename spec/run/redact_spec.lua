-- Secrets do not reach the store; tails begin with a whole character.

local redact = require("neap.run.redact")

describe("redact", function()
  it("takes out the values of variables that are named as secrets", function()
    local values = redact.values { API_TOKEN = "abcd1234efgh", HOME = "/home/someone", X_KEY = "q" }
    assert.same({ "abcd1234efgh" }, values)
    assert.equal("with [redacted] and [redacted].",
      redact.clean("with abcd1234efgh and abcd1234efgh.", values))
  end)

  it("takes out what looks like a key", function()
    for _, secret in ipairs {
      "sk-ant-" .. ("a1"):rep(10), "ghp_0123456789abcdefghij", "AKIAIOSFODNN7EXAMPLE1",
      "xoxb-1234567890-abcdef", "npm_0123456789abcdef",
    } do
      assert.equal("key=[redacted]\n", redact.clean("key=" .. secret .. "\n", {}))
    end
    assert.equal("Authorization: Bearer [redacted]",
      redact.clean("Authorization: Bearer abcdef.ghijkl-mnopqr", {}))
  end)

  it("leaves words alone", function()
    for _, text in ipairs { "sk-learn", "npm_ci", "task-1 done", "a bearer of news" } do
      assert.equal(text, (redact.clean(text, {}):gsub("%[redacted%]", "!")))
    end
  end)

  it("drops the half of a character at the front", function()
    assert.equal("bc", redact.whole("\130bc"))
    assert.equal("äb", redact.whole("äb"))
    assert.equal("x", redact.whole("\152\128x"))
  end)
end)
