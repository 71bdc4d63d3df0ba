-- The auditor's answer: its schema and its strict validation.
-- Owns what a verdict is; refuses to repair one. An answer that does not fit is no verdict.
local M = {}

local VERDICTS = { approve = true, revise = true, reject = true }
local SEVERITIES = { "blocker", "major", "minor", "note" }

---@class neap.Concern
---@field category string
---@field severity "blocker"|"major"|"minor"|"note"
---@field anchor string file, or file:line
---@field rationale string

---@class neap.Verdict
---@field verdict "approve"|"revise"|"reject"
---@field confidence number 0..1
---@field summary string
---@field concerns neap.Concern[]

---JSON schema for tools that take one.
M.schema = {
  type = "object",
  additionalProperties = false,
  required = { "verdict", "confidence", "summary", "concerns" },
  properties = {
    verdict = { type = "string", enum = { "approve", "revise", "reject" } },
    confidence = { type = "number", minimum = 0, maximum = 1 },
    summary = { type = "string" },
    concerns = { type = "array", items = {
      type = "object",
      additionalProperties = false,
      required = { "category", "severity", "anchor", "rationale" },
      properties = {
        category = { type = "string" },
        severity = { type = "string", enum = SEVERITIES },
        anchor = { type = "string", description = "file, or file:line" },
        rationale = { type = "string" },
      },
    } },
  },
}

local function text_problem(value, path)
  if type(value) ~= "string" then
    return path .. " must be a string"
  end
end

local function unknown_key(value, known, path)
  for name in pairs(value) do
    if not known[name] then
      return ("%s has no field %s"):format(path, tostring(name))
    end
  end
end

local function concern_problem(concern, path)
  if type(concern) ~= "table" then
    return path .. " must be an object"
  end
  local known = false
  for _, severity in ipairs(SEVERITIES) do
    known = known or concern.severity == severity
  end
  return text_problem(concern.category, path .. ".category")
    or text_problem(concern.anchor, path .. ".anchor")
    or text_problem(concern.rationale, path .. ".rationale")
    or not known and path .. ".severity must be one of " .. table.concat(SEVERITIES, ", ")
    or unknown_key(concern, M.schema.properties.concerns.items.properties, path)
end

local function concerns_problem(concerns)
  if type(concerns) ~= "table" then
    return "concerns must be a list"
  end
  for key in pairs(concerns) do
    if type(key) ~= "number" then
      return "concerns must be a list"
    end
  end
  for i, concern in ipairs(concerns) do
    local problem = concern_problem(concern, ("concerns[%d]"):format(i))
    if problem then
      return problem
    end
  end
end

---What is wrong with an answer as a verdict, or nil.
---@param answer any
---@return string?
function M.problem(answer)
  if type(answer) ~= "table" then
    return "there is no structured answer"
  elseif not VERDICTS[answer.verdict] then
    return "verdict must be approve, revise or reject"
  end
  local confidence = answer.confidence
  if type(confidence) ~= "number" or not (confidence >= 0 and confidence <= 1) then
    return "confidence must be a number from 0 to 1"
  end
  return text_problem(answer.summary, "summary") or concerns_problem(answer.concerns)
    or unknown_key(answer, M.schema.properties, "the answer")
end

return M
