-- Worktrees in a process of its own: ensure.lua REPO NAME… (spec/stdlib/worktree_spec.lua).
package.path = "./?.lua;" .. package.path
local await = require "spec.support.await"
local native = require "neap.native"
local worktree = require "neap.worktree"

local trees = worktree.new(await.git, await.exec)
local jobs = {}
for i, name in ipairs(arg) do
  jobs[i - 1] = i > 1 and function()
    local made, err = trees:ensure { repo = arg[1], name = name }
    print(made and "made" or "failed: " .. err.message)
  end or nil
end
await.run(native.loop.new(), unpack(jobs))
