-- neap retry: a stalled run once more, what is done stays. #process
local transcript = require "spec.support.transcript"

describe("neap retry #process", function()
  it("gives the step that stalled the run a fresh budget", function()
    local t = transcript.new()
    finally(function()
      t:close()
    end)
    t:write("st.lua", [[
local neap = require "neap"
return neap.workflow "st" (function(w)
  w:run { sh = "echo one >> effects", name = "one" }
  w:run { sh = "test -e ok", name = "need", attempts = 2 }
  return "done"
end)
]])
    t:play [[
$ neap run st.lua | grep -c '^start  need'
2
$ neap run st.lua | tail -1
more: neap show …; another try: neap retry …
$ touch ok; neap retry $(neap ls | awk 'NR == 2 { print $1 }') | tail -1
result: "done"
$ cat effects
one
$ neap retry $(neap ls | awk 'NR == 2 { print $1 }')
error: run … is completed: only a stalled run can be retried
help: neap run --new FILE starts over
[exit 2]
$ neap verify
… events: every one is as it was written
]]
  end)
end)
