-- The documents: what they name exists, what they show is what runs.
local native = require "neap.native"

local sys = native.sys

---The documents people read.
local function pages()
  local list = { "README.md", "CONTRIBUTING.md", "CHANGELOG.md" }
  for _, name in ipairs(sys.list "doc") do
    if name:find "%.md$" then
      list[#list + 1] = "doc/" .. name
    end
  end
  return list
end

local function examples()
  local texts = {}
  for _, name in ipairs(sys.list "examples") do
    if name:find "%.lua$" then
      texts[#texts + 1] = sys.read("examples/" .. name)
    end
  end
  return table.concat(texts, "\n")
end

describe("the documents", function()
  it("name files that exist", function()
    local missing = {}
    for _, page in ipairs(pages()) do
      for word in sys.read(page):gmatch "`([%w_./-]+)`" do
        local top = word:match "^(%w+)/"
        if top and sys.exists(top) and not sys.exists(word) and not word:find "^build/" then
          missing[#missing + 1] = page .. ": " .. word
        end
      end
    end
    assert.equal("", table.concat(missing, "\n"))
  end)

  it("link to pages that exist", function()
    local missing = {}
    for _, page in ipairs(pages()) do
      local dir = page:match "^(.*/)" or ""
      for link in sys.read(page):gmatch "%]%(([^)#:]+)[^)]*%)" do
        if not sys.exists(dir .. link) then
          missing[#missing + 1] = page .. ": " .. link
        end
      end
    end
    assert.equal("", table.concat(missing, "\n"))
  end)

  it("show Lua and what it prints only from examples, which a spec runs", function()
    local all, strange = examples(), {}
    for _, page in ipairs(pages()) do
      for language, block in sys.read(page):gmatch "\n```(%l+)\n(.-\n)```" do
        if language ~= "mermaid" and not all:find(block, 1, true) then
          strange[#strange + 1] = page .. ":\n" .. block
        end
      end
    end
    assert.equal("", table.concat(strange, "\n"))
  end)

  it("show a part of each example that says what it prints", function()
    local shown, missing = {}, {}
    for _, page in ipairs(pages()) do
      for block in sys.read(page):gmatch "\n```lua\n(.-)\n```" do
        shown[#shown + 1] = block
      end
    end
    for _, name in ipairs(sys.list "examples") do
      local text = name:find "%.lua$" and sys.read("examples/" .. name)
      local found = not (text and text:find "\n%-%-%[%[\n%$ ")
      for _, block in ipairs(shown) do
        found = found or text:find(block, 1, true) ~= nil
      end
      missing[#missing + 1] = not found and name or nil
    end
    assert.equal("", table.concat(missing, "\n"))
  end)

  it("have no mark left in their prose that something else belonged in its place", function()
    local left = {}
    for _, page in ipairs(pages()) do
      local prose = ("\n" .. sys.read(page)):gsub("\n```%l+\n.-\n```", ""):gsub("`[^`\n]+`", "")
      for _, mark in ipairs { "@@[^\n]*", "%f[%w]TODO%f[%W][^\n]*", "%f[%w]FIXME%f[%W][^\n]*" } do
        for found in prose:gmatch(mark) do
          left[#left + 1] = page .. ": " .. found
        end
      end
    end
    assert.equal("", table.concat(left, "\n"))
  end)

  it("list the events as the catalogue has them", function()
    assert.equal(dofile "doc/events.lua", sys.read "doc/events.md")
  end)
end)
