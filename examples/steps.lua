#!/usr/bin/env -S neap run
-- Steps: what they return is on record, what they are called finds it again.
local neap = require "neap"

return neap.workflow "steps" (function(w, who)
  -- arguments are recorded, compared on every later pass, and handed to the body
  local greeting = w:step("greet", function(name)
    return { text = "hello " .. name }
  end, who)

  -- the same step for several things: each has its key, in any order
  for _, city in ipairs { "Oslo", "Lima" } do
    w:step("visit", { key = city }, function(place)
      w.context.seen = (w.context.seen or "") .. place
    end, city)
  end

  -- a failure is a value with a reason; a mistake in Lua is not caught by w:try
  local listed, failure = w:try(function()
    return w:run { "ls", "/nowhere", name = "list" }
  end)

  w.context:set_once("first", greeting.text)
  return {
    greeting = greeting.text, seen = w.context.seen, listed = listed,
    reason = failure.reason, detail = failure.detail,
  }
end)

--[[
$ neap run steps.lua world
run … steps (new)
done   greet                    …
done   visit[Oslo]              …
done   visit[Lima]              …
start  list
failed list                     … crashed.exit:2: list exited with code 2
       | ls: cannot access '/nowhere': No such file or directory
completed in …: 3 steps done, 1 failed
…
result: {"detail":"exit:2","greeting":"hello world","reason":"crashed","seen":"OsloLima"}
$ neap logs steps list
ls: cannot access '/nowhere': No such file or directory
]]
