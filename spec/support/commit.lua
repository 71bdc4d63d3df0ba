-- Commits everything in the folder given, in a process of its own (spec/io/git_spec.lua).
package.path = "./?.lua;" .. package.path
local await = require "spec.support.await"
local native = require "neap.native"

local loop = await.queue()
await.run(loop, function()
  assert(await.await(function(done)
    native.git.call(loop, "commit", { path = arg[1], message = "from a child" }, done)
  end))
end)
