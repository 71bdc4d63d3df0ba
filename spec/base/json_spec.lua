-- json: durable JSON that raises what it cannot hold, as a mistake of the script.
local err = require "neap.base.err"
local json = require "neap.base.json"

describe("json", function()
  it("goes there and back", function()
    local value = { b = { 1, 2.5 }, a = json.array {}, n = json.null, s = json.bytes "\255" }
    local text = json.encode(value)
    assert.equal('{"a":[],"b":[1,2.5],"n":null,"s":{"$bytes":"/w=="}}', text)
    assert.equal("\255", json.decode(text).s)
    assert.same({ 1, 2.5 }, json.copy(value).b)
    assert.is_nil(json.copy(nil))
    assert.is_false(json.copy(false))
    assert.is_false(json.decode("false"))
  end)

  it("names the path of what it cannot hold, and the script's line", function()
    for _, encode in ipairs { json.encode, json.copy } do
      local ok, raised = pcall(encode, { a = { 1, print } })
      assert.is_false(ok)
      assert.is_true(err.is_usage(raised))
      assert.matches("a[2]", raised.message, 1, true)
      assert.matches("json_spec", raised.file)
    end
  end)

  it("refuses what is no JSON", function()
    assert.has_error(function()
      json.decode("{")
    end)
  end)
end)
