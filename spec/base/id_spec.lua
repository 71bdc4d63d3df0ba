-- id: names of runs, ordered by time.
local id = require "neap.base.id"

describe("an id", function()
  it("has 16 characters and sorts by time of birth", function()
    local last = ""
    for ms = 1760000000000, 1760000000000 + 40 do
      local new = id.new(ms, string.char(ms % 256, 255, 0, 7, 200))
      assert.matches("^[0-9abcdefghjkmnpqrstvwxyz]+$", new)
      assert.equal(16, #new)
      assert.is_true(new > last)
      last = new
    end
  end)

  it("differs by chance within a millisecond", function()
    assert.not_equal(id.new(5, "abcde"), id.new(5, "abcdf"))
    assert.equal(id.new(5.9, "abcde"), id.new(5, "abcde"))
    assert.equal("0000000050000000", id.new(5, "\0\0\0\0\0"))
  end)
end)
