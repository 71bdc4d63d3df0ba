-- Commits everything in a folder, in a process of its own (spec/io/git_spec.lua).
package.path = "./?.lua;" .. package.path
local await = require "spec.support.await"

local loop = await.queue()
await.run(loop, function()
  assert(require "spec.support.awaited_git"(loop)("commit", { path = arg[1], message = "child" }))
end)
