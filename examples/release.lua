#!/usr/bin/env -S neap run
-- A graph of plain commands: neap run examples/release.lua
-- `fetch` comes first, four parts at most two at a time, and `pack` when all it needs is done.
local task = require("neap").task

task "fetch"  { sh = "mkdir -p out && seq 1 1000 >out/numbers" }
task "check"  { sh = "test $(wc -l <out/numbers) -eq 1000", needs = "fetch" }
task "part"   { sh = "awk 'NR % 4 == {shard} - 1' out/numbers >out/part.{shard}", needs = "fetch",
                matrix = { shard = { 1, 2, 3, 4 } }, pool = "disk" }
task "sum"    { sh = "cat out/part.* | awk '{ s += $1 } END { print s }'", needs = "part" }
task "notes"  { "test", "-f", "CHANGELOG.md", needs = "fetch", on_failure = "soft" }
task "pack"   { "tar", "-czf", "out.tar.gz", "out", needs = { "sum", "check", "notes" },
                attempts = 2, timeout = "1m" }

task.pool "disk" { slots = 2 }

--[[
$ neap run release.lua
run … release (new)
start  fetch
done   fetch                    …
…
done   pack                     …
completed in …: 8 steps done, 1 failed
slowest: …
result: {"completed":8,"skipped":0}
$ neap why release notes
notes failed with crashed.exit:1: notes exited with code 1.
…
$ tar -tzf out.tar.gz | wc -l
6
]]
