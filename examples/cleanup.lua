#!/usr/bin/env -S neap run
-- What is done in the end when a run fails or is cancelled, also when a crash came between.
local neap = require "neap"

return neap.workflow "cleanup" (function(w, wish)
  w:run { "mkdir", "lab" }
  w:cleanup(function(w)
    w:run { "rm", "-r", "lab" }
  end)
  w:run { "touch", "lab/experiment" }
  if wish == "wait" then
    w:receive "results"
  end
  return w:fail("the experiment went wrong")
end)

--[[
$ neap run cleanup.lua
run … cleanup (new)
start  mkdir
done   mkdir                    …
start  touch
done   touch                    …
start  cleanup#1/rm
done   cleanup#1/rm             …
failed in …: 3 steps done
slowest: …
failure: failed: the experiment went wrong
  --> cleanup.lua:14
14 |   return w:fail("the experiment went wrong")
more: neap show …
[exit 1]
$ (sleep 1; neap cancel cleanup) >/dev/null & neap run cleanup.lua wait; code=$?; wait; (exit $code)
run … cleanup (new)
…
wait   results                         waits for a message
…
done   cleanup#1/rm             …
cancelled in …: 3 steps done
…
[exit 9]
$ ls lab
ls: cannot access 'lab': No such file or directory
[exit 2]
]]
