-- redact: takes secrets out of output before it is kept, and cuts it at whole characters.
-- Pure: the environment is an argument.

local M = {}

local SHAPES = {
  "sk%-[%w_%-]+", "gh[pousr]_%w+", "github_pat_[%w_]+", "xox[abprs]%-[%w%-]+", "AKIA[%u%d]+",
  "AIza[%w_%-]+", "glpat%-[%w_%-]+", "npm_%w+", "eyJ[%w_%-]+%.eyJ[%w_%-]+%.[%w_%-]+",
}
local SHORTEST = 16 -- bytes: shorter runs are words, not keys

local function is_secret_name(name)
  name = name:upper()
  return name:find("TOKEN") or name:find("SECRET") or name:find("PASSWORD") or name:find("PASSWD")
    or name:find("API_?KEY") or name:find("PRIVATE_KEY") or name:find("CREDENTIAL")
end

---The values of variables whose names say that they are secrets.
---@param env table<string, string>
---@return string[] longest first
function M.values(env)
  local values = {}
  for name, value in pairs(env) do
    if #value >= 8 and is_secret_name(name) then
      values[#values + 1] = value
    end
  end
  table.sort(values, function(a, b)
    return #a > #b or #a == #b and a < b
  end)
  return values
end

local function replace_plain(text, value)
  local at = text:find(value, 1, true)
  while at do
    text = text:sub(1, at - 1) .. "[redacted]" .. text:sub(at + #value)
    at = text:find(value, at + 10, true)
  end
  return text
end

---@param text string
---@param values string[] from M.values
---@return string
function M.clean(text, values)
  for _, value in ipairs(values) do
    text = replace_plain(text, value)
  end
  for _, shape in ipairs(SHAPES) do
    text = text:gsub(shape, function(match)
      return #match >= SHORTEST and "[redacted]" or nil
    end)
  end
  return (text:gsub("([Bb]earer%s+)([%w%._%-]+)", function(word, token)
    return #token >= SHORTEST and word .. "[redacted]" or nil
  end))
end

---Drop the broken character at the front of a tail.
---@param text string
---@return string
function M.whole(text)
  local first = 1
  while first <= 4 and first <= #text do
    local byte = text:byte(first)
    if byte < 0x80 or byte >= 0xC0 then
      break
    end
    first = first + 1
  end
  return first > 4 and text or text:sub(first)
end

return M
