-- Commits everything in a folder, in a process of its own (spec/io/git_spec.lua).
package.path = "./?.lua;" .. package.path
local await = require "spec.support.await"
local native = require "neap.native"

await.run(native.loop.new(), function()
  assert(await.git("commit", { path = arg[1], message = "child" }))
end)
