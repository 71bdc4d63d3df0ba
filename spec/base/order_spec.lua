-- order: tables walked the same way in every process.
local order = require "neap.base.order"

describe("sorted_pairs", function()
  it("walks numbers first, then words bytewise", function()
    local seen = {}
    for key, value in order.sorted_pairs { b = 1, a = 2, [10] = 3, [2] = 4, B = 5 } do
      seen[#seen + 1] = tostring(key) .. "=" .. value
    end
    assert.same({ "2=4", "10=3", "B=5", "a=2", "b=1" }, seen)
  end)

  it("hands out false and survives removal on the way", function()
    local t, n = { a = false, b = 1 }, 0
    for key in order.sorted_pairs(t) do
      t[key] = nil
      n = n + 1
    end
    assert.equal(2, n)
  end)
end)
