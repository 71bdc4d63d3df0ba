-- duration: what people write for time, money and size.
local duration = require "neap.base.duration"

describe("a duration", function()
  it("is refused where no clock can count it", function()
    for _, value in ipairs { 1e300, "99999999999d", 3155760001 } do
      assert.same({ nil, "a duration must be at most 100 years" }, { duration.parse(value) })
    end
    assert.equal(3155760000, duration.parse "36525d")
  end)

  it("is read in units, sums of units, or bare seconds", function()
    local cases = { ["90s"] = 90, ["1h30m"] = 5400, ["2d"] = 172800, ["1w"] = 604800,
      ["1.5h"] = 5400, ["1m 30s"] = 90 }
    for text, seconds in pairs(cases) do
      assert.equal(seconds, duration.parse(text))
    end
    assert.near(0.25, duration.parse("250ms"), 1e-12)
    assert.equal(90, duration.parse(90))
    assert.equal(0, duration.parse("0s"))
  end)

  it("is refused otherwise, with the reason", function()
    for _, value in ipairs { "", "90", "s", "1x", "-1s", "1h!", -1, 0 / 0, math.huge, {}, true } do
      local seconds, problem = duration.parse(value)
      assert.is_nil(seconds)
      assert.matches("duration", problem)
    end
  end)

  it("is shown short, and reads back", function()
    local cases = { [0] = "0s", [0.25] = "250ms", [0.9999] = "1s", [1.52] = "1.5s", [12] = "12s",
      [59.97] = "1m", [90] = "1m30s", [5400] = "1h30m", [86400] = "1d", [90061] = "1d1h1m1s" }
    for seconds, text in pairs(cases) do
      assert.equal(text, duration.format(seconds))
    end
    assert.equal(90061, duration.parse(duration.format(90061)))
  end)
end)

describe("money and sizes", function()
  it("are read with their sign or unit", function()
    assert.equal(6, duration.parse_money("$6"))
    assert.equal(0.5, duration.parse_money("$0.50"))
    assert.equal(2, duration.parse_money(2))
    assert.equal(1e7, duration.parse_size("10MB"))
    assert.equal(1048576, duration.parse_size("1 MiB"))
    assert.equal(1500, duration.parse_size("1.5kb"))
    assert.equal(64, duration.parse_size("64"))
  end)

  it("are refused otherwise", function()
    assert.is_nil((duration.parse_money("6")))
    assert.is_nil((duration.parse_money("$-1")))
    assert.is_nil((duration.parse_size("10 apples")))
    assert.is_nil((duration.parse_size(-1)))
  end)
end)
