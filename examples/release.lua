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

--> done   part[shard=4]
--> failed notes
--> done   pack
--> result: {"completed":8,"skipped":0}
