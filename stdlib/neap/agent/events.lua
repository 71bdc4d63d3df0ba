-- The events of agents.
local event = require "neap.event.define"

event.define("agent.spent", {
  doc = "What an attempt took of money (US dollars), turns and tokens, whatever came of it.",
  fields = { cost = "number?", turns = "number", usage = "table" },
})

event.define("agent.session", {
  doc = "The tool told the session it works in, before any work.",
  fields = { session = "string", generation = "number" },
  projection = { [[UPDATE attempt SET session = :data ->> 'session'
    WHERE run = :run AND step = :step AND generation = :data ->> 'generation'
      AND attempt = :attempt]] },
})
