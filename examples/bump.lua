#!/usr/bin/env -S neap run
-- A durable workflow: neap run examples/bump.lua VERSION
-- Kill it anywhere; it goes on from the last step. Say no within ten seconds (or the time given
-- behind the file) with
--   neap signal RUN review '{"ok":false}'
local neap = require "neap"
local cp = neap.command "cp"

return neap.workflow "bump" (function(w, file, patience)
  -- extra arguments are recorded, guarded, and handed to the function
  local bumped = w:step("next version", function(path)
    local text = assert(io.open(path)):read "*l"
    local major, minor = text:match "^(%d+)%.(%d+)$"
    return ("%d.%d"):format(major, minor + 1)
  end, file)

  w:run(cp { file, file .. ".old" })

  local review, why = w:receive("review", { timeout = patience or "10s" })
  if review and not review.ok then
    return w:fail "not approved"
  end

  w:sleep("soak", "0.1s") -- no process is held
  w:step("write", function(path, version)
    local out = assert(io.open(path, "w"))
    out:write(version, "\n")
    out:close()
  end, file, bumped)
  return { version = bumped, review = review and "approved" or why }
end)

--[[
$ echo 1.4 >VERSION; neap run bump.lua VERSION 0.1s
run … bump (new)
done   next version             …
start  cp
done   cp                       …
wait   review                          waits for a message until … (in …)
again  review                          its time came
wait   soak                            sleeps until … (in …)
again  soak                            its time came
done   write                    …
completed in …: 3 steps done
…
result: {"review":"timeout","version":"1.5"}
$ cat VERSION VERSION.old
1.5
1.4
]]
