-- verdict: what the end of a process means: its value or its failure, the tails that are kept, the
-- message a person reads. Owns no state and records nothing.

local check = require("neap.base.check")
local duration = require("neap.base.duration")
local err = require("neap.base.err")
local exit = require("neap.policy.exit")
local failure = require("neap.run.failure")
local json = require("neap.base.json")
local native = require("neap.native")
local redact = require("neap.run.redact")
local spec_of = require("neap.run.spec")

local M = {}

---@class neap.Verdict
---@field reason string reason.detail
---@field value? any what the step gives, when it did not fail
---@field failure? neap.Failure
---@field stdout? string hash of the tail
---@field stderr? string
---@field blobs table<string, string>
---@field tool? table what the tool's protocol said

---The tail of one stream as it is kept: clean of secrets, whole characters.
local function keep(text, secrets, blobs)
  if not text or text == "" then
    return nil
  end
  text = redact.whole(redact.clean(text, secrets))
  local hash = native.sys.sha256(text)
  blobs[hash] = text
  return hash, text
end

---Why it could not be started; a line where the name of a program is meant is told apart.
local function unstarted(spec, problem)
  local line = spec.argv[1]
  local list = problem.code == "not_found" and #spec.argv == 1 and check.listed(line)
  return list and ("%s; write { %s } or { sh = %q }"):format(problem.message, list, line)
    or problem.message
end

local function describe(spec, name, found, facts)
  if found.message then
    return found.message
  elseif facts.spawn_error then
    return unstarted(spec, facts.spawn_error)
  elseif facts.stopped == "timeout.wall" then
    return ("%s ran longer than %s"):format(name, duration.format(spec.timeout))
  elseif facts.stopped == "timeout.silence" then
    return ("%s %s for %s"):format(name, spec.stream and "made no progress" or "printed nothing",
      duration.format(spec.silence))
  elseif facts.signal then
    return ("%s was ended by signal %d"):format(name, facts.signal)
  elseif facts.code and facts.code ~= 0 then
    return ("%s exited with code %d"):format(name, facts.code)
  end
  return ("%s: %s"):format(name, found.reason)
end

---The value, then the spec's own check of it; a function of the spec that breaks is a failure.
local function judge(spec, class, facts, tool)
  if facts.spawn_error then
    return nil, class
  end
  local ok, value, refused = pcall(function()
    local made = json.storable((spec.value or spec_of.plain_value)(facts, tool))
    return made, class.reason == "normal" and spec.check and spec.check(made, facts, tool) or nil
  end)
  if class.reason ~= "normal" then
    return nil, class
  elseif not ok then
    return nil, failure.of(value)
  end
  return value, refused
end

---@param spec neap.ProcessSpec
---@param key string of its step
---@param facts table what the process gave
---@param tool? table what the parser of its protocol says
---@param secrets string[]
---@return neap.Verdict
function M.of(spec, key, facts, tool, secrets)
  local class = exit.classify(facts, tool)
  local value, found = judge(spec, class, facts, tool)
  local blobs = {}
  local stdout, out = keep(facts.stdout_tail, secrets, blobs)
  local stderr, err_text = keep(facts.stderr_tail, secrets, blobs)
  if found then
    found = err.failure(found)
    found.message = describe(spec, key, found, facts)
    found.tails = { stdout = out, stderr = err_text }
    value = nil
  end
  return { reason = failure.tag(found or class), value = value, failure = found,
    stdout = stdout, stderr = stderr, blobs = blobs, tool = tool }
end

return M
