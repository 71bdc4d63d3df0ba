-- A question to a person: seen wherever one looks, with the command that answers it. #process
local transcript = require "spec.support.transcript"

local ASK = [[
local task = require("neap").task
task "slow" { sh = "until [ -e go ]; do sleep 0.01; done" }
task "ship" { "true", approve = "Ship to {to}?", matrix = { to = { "us" } } }
]]

describe("a question #process", function()
  it("is not answered by a message without a name", function()
    local t = transcript.new()
    t:play [[
$ neap signal x ''
error: no run receives ""
[exit 2]
]]
    t:close()
  end)

  it("is shown with its answer, also while other tasks run", function()
    local t = transcript.new()
    t:write("ask.lua", ASK)
    t:play [[
$ : >out; timeout 20 neap run ask.lua >out 2>&1 & until grep -q ^wait out && grep -q ^start out; do sleep 0.01; done
$ grep ^wait out
wait   ship[to=us]/approve             asks "Ship to us?"; answer: neap signal … 'approve/ship[to=us]' true
$ neap ls
RUN …
…  ask   running  …  ship[to=us]/approve asks "Ship to us?"; answer: neap signal … 'approve/ship[to=us]' true
$ neap show ask | grep asks
ship[to=us]/approve  waiting  receive        asks "Ship to us?"; answer: neap signal … 'approve/ship[to=us]' true
$ neap why ask | grep ship
…
  ship[to=us]/approve asks "Ship to us?"; answer: neap signal … 'approve/ship[to=us]' true.
  ship[to=us] has not begun: a person has yet to approve it ("Ship to us?").
$ sh -c "$(sed -n 's/.*answer: //p' out)"
sent to … (ask)
$ until grep -q ^done out; do sleep 0.01; done; : >go; until grep -q ^completed out; do sleep 0.01; done
$ neap why ask
ask: It completed.
$ neap ls
RUN …
…  ask   completed  …s ago
]]
    t:close()
  end)
end)
