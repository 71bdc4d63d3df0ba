-- transcript: the command line as a person sees it: commands and what they print, compared.
-- "$ " begins a command for sh; the lines below it are its output and errors. "…" stands for
-- anything within a line, a line "…" for any lines, "[exit N]" for an exit code that is not 0.

local M = {}

---@class neap.Transcript
---@field dir string a fresh directory, where the commands run
local Transcript = {}
Transcript.__index = Transcript

local function sh(command)
  local out = io.popen(command, "r")
  local text = out:read("*a")
  out:close()
  return text
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

---A fresh directory with `neap` on the PATH of its commands.
---@return neap.Transcript
function M.new()
  local neap = assert(os.getenv("NEAP"), "NEAP must name the program")
  local dir = sh("mktemp -d"):gsub("%s+$", "")
  sh(("mkdir %s/bin %s/work && ln -s %s %s/bin/neap"):format(dir, dir,
    quoted(sh("realpath " .. quoted(neap)):gsub("%s+$", "") .. ""), dir))
  return setmetatable({ top = dir, dir = dir .. "/work" }, Transcript)
end

function Transcript:close()
  sh("rm -rf " .. quoted(self.top))
end

---@param name string
---@param text string
function Transcript:write(name, text)
  local file = assert(io.open(self.dir .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

---Run one command line; what it printed, and its exit code.
---@param command string
---@return string output
---@return integer code
function Transcript:run(command)
  local text = sh(("cd %s && PATH=%s/bin:$PATH NO_COLOR=1 timeout 60 sh -c %s </dev/null 2>&1; "
    .. "echo \"[$?]\""):format(quoted(self.dir), quoted(self.top), quoted(command)))
  local output, code = text:match("^(.*)%[(%d+)%]\n$")
  return output, tonumber(code)
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n?") do
    lines[#lines + 1] = line
  end
  while lines[#lines] == "" do
    lines[#lines] = nil
  end
  return lines
end

local function fits(line, expected)
  local pattern = expected:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("…", ".-")
  return line:find("^" .. pattern .. "$") ~= nil
end

---Whether `lines` from `i` fit `expected` from `j`.
local function match(lines, i, expected, j)
  if j > #expected then
    return i > #lines
  elseif expected[j] == "…" then
    for k = i, #lines + 1 do
      if match(lines, k, expected, j + 1) then
        return true
      end
    end
    return false
  end
  return i <= #lines and fits(lines[i], expected[j]) and match(lines, i + 1, expected, j + 1)
end

---Run the commands of a transcript and compare; raises where they differ.
---@param text string
function Transcript:play(text)
  local commands = {}
  for _, line in ipairs(lines_of(text)) do
    if line:sub(1, 2) == "$ " then
      commands[#commands + 1] = { command = line:sub(3), expected = {} }
    elseif #commands > 0 then
      table.insert(commands[#commands].expected, line)
    end
  end
  for _, item in ipairs(commands) do
    local output, code = self:run(item.command)
    local lines = lines_of(output .. (code ~= 0 and ("[exit %d]"):format(code) or ""))
    while item.expected[#item.expected] == "" do
      item.expected[#item.expected] = nil
    end
    if not match(lines, 1, item.expected, 1) then
      error(("$ %s\nprinted:\n%s\nexpected:\n%s"):format(item.command,
        table.concat(lines, "\n"), table.concat(item.expected, "\n")), 2)
    end
  end
end

return M
