-- The events of audits.
local event = require "neap.event.define"

event.define("audit.recorded", {
  doc = "An auditor judged a tree; `independent` when its vendor is not the author's.",
  fields = {
    tree = "string", agent = "string", independent = "boolean", verdict = "string",
    confidence = "number", summary = "string",
  },
})
