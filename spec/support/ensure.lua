-- One worktree in a process of its own: ensure.lua REPO NAME (spec/stdlib/worktree_spec.lua).
package.path = "./?.lua;" .. package.path
local await = require "spec.support.await"
local worktree = require "neap.worktree"

local loop = await.queue()
await.run(loop, function()
  local trees = worktree.new(require "spec.support.awaited_git"(loop), require "spec.support.exec")
  local made, err = trees:ensure { repo = arg[1], name = arg[2] }
  print(made and "made" or "failed: " .. err.message)
end)
