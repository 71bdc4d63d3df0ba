local cjson = require "cjson"
local json = require("neap.native").json

local function random_string()
  local parts = {}
  for i = 1, math.random(0, 6) do
    local pick = math.random(1, 5)
    parts[i] = pick == 1 and string.char(math.random(0, 31))
      or pick == 2 and "\195\188\240\159\152\128"
      or pick == 3 and '"\\/' or string.char(math.random(32, 126)):rep(math.random(1, 9))
  end
  return table.concat(parts)
end

local function random_scalar()
  local pick = math.random(1, 5)
  if pick == 1 then
    return math.random(1, 2) == 1
  elseif pick == 2 then
    return math.random(-1e9, 1e9)
  elseif pick == 3 then
    return math.random(-1e6, 1e6) / 1024 -- exact within the oracle's 14 digits
  elseif pick == 4 then
    return json.null
  end
  return random_string()
end

local function random_value(depth)
  local pick = depth > 4 and 3 or math.random(1, 3)
  local value, most = {}, depth == 0 and 40 or 6
  if pick == 1 then
    for i = 1, math.random(1, most) do
      value[i] = random_value(depth + 2)
    end
  elseif pick == 2 then
    for _ = 1, math.random(0, most) do
      value[random_string()] = random_value(depth + 2)
    end
  else
    return random_scalar()
  end
  return value
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

local function refused(value, message)
  local text, err = json.encode(value)
  assert.is_nil(text)
  assert.equal(message, err.message)
  return err
end

describe("json against its oracle", function()
  it("agrees with lua-cjson on random values", function()
    math.randomseed(7)
    for _ = 1, 500 do
      local value = random_value(0)
      local text = assert(json.encode(value))
      assert.is_true(same(cjson.decode(text), json.decode(text)))
      assert.equal(text, json.encode(cjson.decode(text)))
      assert.is_true(same(value, json.decode(cjson.encode(value))))
      assert.equal(text, json.encode(json.copy(value)))
    end
  end)

  it("refuses every cut of a valid text, as lua-cjson does", function()
    local text = json.encode { a = { 1, "\195\188\n", { x = json.null } }, b = true, c = -1.5 }
    for len = 0, #text - 1 do
      assert.is_nil((json.decode(text:sub(1, len))))
    end
  end)

  it("survives any change of one byte", function()
    local text = json.encode { a = { 1, "\195\188\n\1", { x = json.null } }, b = true, c = -1.5 }
    for at = 1, #text do
      for byte = 0, 255, 3 do
        local value, err = json.decode(text:sub(1, at - 1) .. string.char(byte) .. text:sub(at + 1))
        assert(value ~= nil or err.code == "invalid" or err.code == "limit")
      end
    end
  end)
end)

describe("json.encode", function()
  it("sorts keys by bytes and writes no white space", function()
    assert.equal('{"":0,"A":1,"a":2,"aa":3,"b":4,"\195\188":5}',
      json.encode { b = 4, a = 2, A = 1, aa = 3, [""] = 0, ["\195\188"] = 5 })
    local many, sorted = {}, {}
    for i = 1, 100 do
      many["k" .. i], sorted[i] = i, "k" .. i
    end
    table.sort(sorted)
    local at = 0
    for key in json.encode(many):gmatch '"(k%d+)"' do
      at = at + 1
      assert.equal(sorted[at], key)
    end
  end)

  it("keeps every digit that matters", function()
    assert.equal("[1700000000123456,9007199254740991,-9007199254740992]",
      json.encode { 1700000000123456, 2 ^ 53 - 1, -2 ^ 53 })
    assert.equal("[0.1,0.30000000000000004,1e-7,1e+21,0]",
      json.encode { 0.1, 0.1 + 0.2, 1e-7, 1e21, -0 })
  end)

  it("tells {} from [] by the mark alone", function()
    assert.equal('{"a":{},"b":[],"c":[1]}',
      json.encode { a = {}, b = json.array {}, c = json.array { 1 } })
    assert.equal("[]", json.encode(json.array()))
    assert.equal('{"a":{},"b":[]}', json.encode(json.decode ' { "b" : [ ] , "a" : { } } '))
  end)

  it("is pretty when asked", function()
    assert.equal('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}',
      json.encode({ a = { 1, {} }, b = json.array {} }, { pretty = true }))
  end)

  it("names the place of what JSON cannot hold", function()
    local cycle = { a = { 1, 2 } }
    cycle.a[3] = { b = cycle }
    refused(cycle, "value.a[3].b: a cycle")
    refused({ a = { 1, { b = print } } }, "value.a[2].b: a function cannot be written as JSON")
    refused({ ["odd key"] = coroutine.create(print) },
      'value["odd key"]: a thread cannot be written as JSON')
    refused(0 / 0, "value: not a number (NaN) cannot be written as JSON")
    refused({ -math.huge }, "value[1]: an infinite number cannot be written as JSON")
    refused({ x = { 1, nil, 3 } }, "value.x: an array with holes (2 of 3)")
    refused({ 1, x = 2 }, "value: a table with names and positions mixed")
    refused({ [0] = 1 }, "value: the key 0")
    refused({ [1.5] = 1 }, "value: the key 1.5")
    refused({ [true] = 1 }, "value: a key that is a boolean")
    refused({ s = "\255" }, "value.s: a string that is not UTF-8 (use neap.bytes)")
    refused({ ["\255"] = 1 }, 'value["?"]: a key that is not UTF-8')
    refused(json.array { x = 1 }, "value: names in a json.array")
    refused({ a = { ["$bytes"] = "AP8=" } },
      'value.a["$bytes"]: this key is reserved for json.bytes')
    assert.equal("invalid", refused(nil, "value: nil (use neap.null)").code)
  end)

  it("refuses what is too deep and takes what is not", function()
    local function nest(n)
      local value = 1
      for _ = 1, n do
        value = { value }
      end
      return value
    end
    local text = assert(json.encode(nest(200)))
    assert.same(nest(200), json.decode(text))
    local _, err = json.encode(nest(201))
    assert.equal("limit", err.code)
    assert.truthy(err.message:find("...[1]", 1, true))
    local outer = assert(json.encode(nest(216), { outer = true }))
    assert.same(nest(216), json.decode(outer))
    assert.equal("limit", select(2, json.encode(nest(217), { outer = true })).code)
    assert.equal("limit", select(2, json.decode("[" .. outer .. "]")).code)
  end)

  it("takes the same table twice where it is no cycle", function()
    local shared = { 1 }
    assert.equal('{"a":[1],"b":[1]}', json.encode { a = shared, b = shared })
  end)

  it("raises on misuse", function()
    assert.has_error(function()
      json.encode({}, { prety = true })
    end, 'options: unknown option "prety" (did you mean "pretty"?)')
    assert.has_error(function()
      json.encode()
    end)
  end)
end)

describe("json.decode", function()
  it("says where the text is wrong", function()
    local value, err = json.decode "[1, x]"
    assert.is_nil(value)
    assert.equal("invalid", err.code)
    assert.equal(4, err.offset)
    assert.equal("JSON: expected a value at offset 4", err.message)
    assert.equal("JSON: the text ends too early at offset 3",
      tostring(select(2, json.decode "[1,")))
  end)

  it("is strict where lua-cjson is not", function()
    for _, text in ipairs { "NaN", "0x10", "Infinity", "01", "[1,]", '"\255"' } do
      assert.is_nil((json.decode(text)))
    end
  end)

  it("gives false and null as values, the last of equal keys", function()
    assert.is_false(json.decode "false")
    assert.equal(cjson.null, json.decode "null")
    assert.same({ a = 2 }, json.decode '{"a":1,"a":2}')
  end)

  it("reads tables of every size", function()
    for _, n in ipairs { 0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000 } do
      local list, names = json.array {}, {}
      for i = 1, n do
        list[i], names["k" .. i] = i, i
      end
      assert.is_true(same(list, json.decode(json.encode(list))))
      assert.is_true(same(names, json.decode(json.encode(names))))
    end
  end)
end)

describe("json.bytes", function()
  it("carries any string and comes back as it", function()
    local all = {}
    for i = 0, 255 do
      all[i + 1] = string.char(i)
    end
    local bytes = table.concat(all)
    assert.equal('{"$bytes":"AP8="}', json.encode(json.bytes "\0\255"))
    assert.equal(bytes, json.copy { b = json.bytes(bytes) }.b)
    assert.equal("", json.copy(json.bytes ""))
    assert.equal("abc", tostring(json.bytes "abc"))
  end)

  it("is only what the encoder writes", function()
    assert.is_nil((json.decode '{"$bytes":"AP9="}'))
    assert.same({ ["$bytes"] = "no", x = 1 }, json.decode '{"$bytes":"no","x":1}')
    assert.same({ ["$bytes"] = 1 }, json.decode '{"$bytes":1}')
  end)
end)

describe("json.equal", function()
  it("compares content", function()
    assert.is_true(json.equal({ a = { 1, 2 }, b = "x" }, { b = "x", a = { 1, 2 } }))
    assert.is_false(json.equal({ 1 }, { 2 }))
    assert.is_false(json.equal({}, json.array {}))
    assert.is_false(json.equal("1", 1))
    assert.is_true(json.equal(1, 1.0))
  end)

  it("says which side has no text", function()
    local answer, err = json.equal(1, { x = print })
    assert.is_nil(answer)
    assert.equal("second.x: a function cannot be written as JSON", err.message)
  end)
end)

describe("the codec", function()
  it("is not disturbed by a finalizer that encodes", function()
    local ran = 0
    local function litter()
      local proxy = newproxy(true)
      getmetatable(proxy).__gc = function()
        ran = ran + 1
        assert(json.encode { deep = { json.array {}, ("y"):rep(5000) } })
        assert(json.decode '{"a":"\\n\\u0041"}')
      end
    end
    local value = {}
    for i = 1, 50 do
      value["key\n" .. i] = { text = ("x\n"):rep(50) .. i }
    end
    local text = json.encode(value)
    for _ = 1, 300 do
      litter()
      assert.equal(text, json.encode(json.decode(text)))
    end
    assert.is_true(ran > 0)
  end)
end)
