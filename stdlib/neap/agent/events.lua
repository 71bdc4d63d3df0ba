-- The events of agents.
local event = require "neap.event.define"

event.define("agent.session", {
  doc = "The tool told the session it works in, before any work.",
  fields = { session = "string", generation = "number" },
  projection = { [[UPDATE attempt SET session = :data ->> 'session'
    WHERE run = :run AND step = :step AND generation = :data ->> 'generation'
      AND attempt = :attempt]] },
})
