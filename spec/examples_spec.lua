-- The examples: each is run as its last comment says, and prints what is written there.
local native = require "neap.native"
local transcript = require "spec.support.transcript"

local sys = native.sys

---The commands and their output at the end of a file, or nil.
local function ending(text)
  return text:match "\n%-%-%[%[\n(%$ .*)\n%]%]\n$"
end

describe("the example #process", function()
  for _, name in ipairs(sys.list "examples") do
    local text = name:find "%.lua$" and sys.read("examples/" .. name)
    if text and ending(text) then
      it(name .. " prints what it says", function()
        local t = transcript.new()
        finally(function()
          t:close()
        end)
        for _, other in ipairs(sys.list "examples") do
          if other:find "%.lua$" then
            t:write(other, sys.read("examples/" .. other))
          end
        end
        t:play(ending(text))
      end)
    end
  end
end)
