-- The events of lifecycles.
local event = require "neap.event.define"

event.define("worktree.created", {
  doc = "A task has a tree of its own, on its own branch off a recorded base.",
  fields = { path = "string", branch = "string", base = "string" },
})
