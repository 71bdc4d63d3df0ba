-- Writes doc/events.md from the catalogue: build/dev/neap lua doc/events.lua >doc/events.md
-- Returns the text when it is required (spec/doc_spec.lua compares).

local event = require "neap.event.define"
local order = require "neap.base.order"

require "neap.host.host" -- brings every event a store knows

local HEAD = [[
# Events

Everything that is true of a run is an event in its stream; the tables that `neap ls` and `neap
show` read are derived from them, in the same transaction, and `neap rebuild` derives them again.
This page is written by `build/dev/neap lua doc/events.lua >doc/events.md`, and a spec compares.

Around the fields below each event has an envelope: `seq` (its number in the store), `run` (the
stream), `n` (its number in the stream, without gaps), `type`, `version`, `at` (ms since the epoch),
`step`, `attempt`, `fence` (of the owner that wrote it), `actor`, `cause`, `command` (an idempotency
key), `data` (the fields, as canonical JSON), and `hash`, which seals the event before it as well.
A field with `?` may be missing.

| event | what is true once it is on record | fields |
|---|---|---|
]]

---`name: type, …`, in order.
local function fields_of(spec)
  local list = {}
  for name, kind in order.sorted_pairs(spec.fields) do
    list[#list + 1] = ("`%s` %s"):format(name, kind)
  end
  return table.concat(list, ", ")
end

local lines = {}
for type, spec in order.sorted_pairs(event.all()) do
  local version = spec.version > 1 and (" (%d)"):format(spec.version) or ""
  lines[#lines + 1] = ("| `%s`%s | %s | %s |\n"):format(type, version, spec.doc, fields_of(spec))
end

local page = HEAD .. table.concat(lines)
if arg and arg[0] == "doc/events.lua" then
  io.stdout:write(page)
end
return page
