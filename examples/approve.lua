#!/usr/bin/env -S neap run
-- A graph with a question to a person, a condition, and Lua among its tasks.
local task = require("neap").task

task "count"   { sh = "ls | wc -l" }
task "decide"  { needs = "count", run = function(w, results)
                 return { many = tonumber(results.count.text) > 3, at = w:now() > 0 }
               end }
task "archive" { sh = "tar -cf ../all.tar .", needs = "decide",
                 when = function(results) return results.decide.many end }
task "publish" { "echo", "published", needs = "count", approve = "Publish it?" }
task "tell"    { "echo", "told", needs = { "archive", "publish", on_failure = "skip" } }

--[[
$ (sleep 1; neap signal approve approve/publish true) >/dev/null & neap run approve.lua; wait
run … approve (new)
start  count
done   count                    …
done   decide
wait   publish/approve                 asks "Publish it?"; answer: neap signal … approve/publish true
start  archive
done   archive                  …
again  publish/approve                 a message came
start  publish
done   publish                  …
start  tell
done   tell                     …
completed in …: 5 steps done
slowest: …
result: {"completed":5,"skipped":0}
]]
