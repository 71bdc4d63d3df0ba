-- lifecycle "ship" { plan, implement, test, audit, merge }: an issue becomes a merged change.
-- Owns the options and the order of the phases; lifecycle/author and lifecycle/judge do them. Every
-- phase is a step (or a few), so a run goes on from the last one that is on record.
local agents = require "neap.agent"
local author = require "neap.lifecycle.author"
local check = require "neap.base.check"
local err = require "neap.base.err"
local gate = require "neap.gate.command"
local judge = require "neap.lifecycle.judge"
local script = require "neap.host.script"
local ship_of = require "neap.lifecycle.ship"

local function count(value)
  if type(value) == "number" and value >= 1 and value == math.floor(value) then
    return value
  end
  return nil, "must be a whole number, 1 or more"
end

local function share(value)
  if type(value) == "number" and value >= 0 and value <= 1 then
    return value
  end
  return nil, "must be a number from 0 to 1"
end

local PHASES = {
  plan = { agent = "any", access = { "read" } },
  implement = { agent = "any", access = { "write", "full" }, attempts = count },
  test = { gate = "strings", timeout = "duration", protect = "strings" },
  audit = { agent = "any", min_confidence = share },
  merge = { into = "string", style = { "squash" },
    auto = { "off", "on_full_pass", "on_auditor_approve" } },
}

local function options_of(name, given)
  local path = ('lifecycle "%s"'):format(name)
  local o = check.options(path, given, {
    repo = "string", plan = "table", implement = "table", test = "table", audit = "table",
    merge = "table",
  })
  for phase, schema in pairs(PHASES) do
    local inner = path .. "." .. phase
    o[phase] = o[phase] and check.options(inner, o[phase], schema)
    if o[phase] and schema.agent then
      o[phase].agents = agents.list(inner .. ".agent", o[phase].agent)
      o[phase].agent = nil
    end
  end
  if not o.implement or not (o.test and o.test.gate) then
    err.usage(path .. " needs implement and test",
      { help = 'test = { gate = { "make", "check" } }' })
  end
  o.merge = o.merge or {}
  if o.merge.auto == "on_auditor_approve" and not o.audit then
    err.usage(path .. '.merge.auto = "on_auditor_approve" needs audit')
  end
  return o
end

-- What the run is held to, whatever the script says later. It is JSON and part of the record.
local function frozen(o)
  local config = {
    argv = o.test.gate, timeout = o.test.timeout, protect = o.test.protect or {},
    attempts = o.implement.attempts or 3, min_confidence = o.audit and o.audit.min_confidence or 0,
    into = o.merge.into or "main", auto = o.merge.auto or "off", repo = o.repo,
  }
  config.gate_set = gate.set_of { argv = config.argv, timeout = config.timeout,
    protect = config.protect }
  return config
end

local function run(w, o, file)
  local ship = ship_of.begin(w, o, frozen(o), file)
  author.plan(ship)
  local feedback, head
  for work = 1, ship.config.attempts do
    feedback = author.implement(ship, work, feedback)
    if not feedback then
      head, feedback = judge.run(ship, work)
    end
    if head then
      return ship:close(head, work)
    end
  end
  ship:escalate(("implement[%d]"):format(ship.config.attempts), "attempts",
    ("not done after %d rounds of work; the last one: %s")
      :format(ship.config.attempts, feedback:match "^[^\n]*"))
end

---A workflow of one argument, the file with the issue: `neap run ship.lua issue.md`, in the
---repository to work on (or `repo` says which).
---@param name string
---@return fun(options: table): table
return function(name)
  check.name("lifecycle", name)
  return check.form(function(given)
    local o = options_of(name, given)
    return script.workflow(name)(function(w, file)
      if type(file) ~= "string" then
        err.usage("the run needs the file of its issue", { help = "neap run SCRIPT issue.md" })
      end
      return run(w, o, file)
    end)
  end)
end
