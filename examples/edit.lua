#!/usr/bin/env -S neap run
-- A script that is edited while its run is open: new steps run, what is on record is kept, and a
-- step that means something else now stops the run before it does anything.
local neap = require "neap"

return neap.workflow "edit" (function(w)
  local name = w:step("name", function(id)
    return "user " .. id
  end, 1)
  if w:version("polite", 1) >= 2 then
    name = "dear " .. name
  end
  w:receive "go"
  return name
end)

--[[
$ timeout -s INT 1 neap run edit.lua >/dev/null; neap ls
RUN               NAME  STATE    UPDATED
…  edit  waiting  …
$ sed 's/end, 1)/end, 2)/' edit.lua >new && mv new edit.lua; neap run edit.lua
run … edit (continued)
…
stalled in …: 0 steps done
failure: crashed.diverged: step "name" runs with [2] now, and with [1] on record
  --> edit.lua:7
…
[exit 4]
$ sed 's/end, 2)/end, 1)/; s/"polite", 1/"polite", 2/' edit.lua >new && mv new edit.lua
$ neap signal edit go; neap run edit.lua
sent to …
run … edit (continued)
…
result: "user 1"
$ neap run edit.lua --key second >second & sleep 1; neap signal edit go; wait; tail -n 1 second
sent to …
result: "dear user 1"
]]
