-- Real git repositories in temporary folders, for specs tagged #git.
-- Owns: the folders it made, until `remove_all`. Uses: the git program, a shell.
local M = {}

local made = {}

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- Runs one shell line in `dir`; returns its output without the last newline; raises on failure.
function M.sh(dir, line)
  local pipe = io.popen("cd " .. quote(dir) .. " && { " .. line .. "\n} 2>&1; echo \"=$?\"")
  local text = pipe:read("*a")
  pipe:close()
  local output, code = text:match("^(.*)=(%d+)\n$")
  assert(code == "0", line .. ": " .. text)
  return (output:gsub("\n$", ""))
end

function M.write(dir, name, text)
  local file = assert(io.open(dir .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

function M.read(dir, name)
  local file = io.open(dir .. "/" .. name)
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text
end

--- A temporary folder.
function M.folder()
  local pipe = io.popen("mktemp -d")
  local dir = pipe:read("*l")
  pipe:close()
  made[#made + 1] = dir
  return dir
end

--- A repository on branch main with one commit of file "a" (unless `empty`), no configuration.
function M.new(options)
  local dir = M.folder()
  M.sh(dir, "git init -q -b main " .. (options and options.bare and "--bare " or "") .. ".")
  if not (options and (options.empty or options.bare)) then
    M.write(dir, "a", "one\n")
    M.commit(dir, "first")
  end
  return dir
end

local identity = "-c user.name=Ann -c user.email=ann@example.org "

--- Commits everything in `dir`; returns the commit.
function M.commit(dir, message)
  M.sh(dir, "git add -A && git " .. identity .. "commit -q -m " .. quote(message))
  return M.sh(dir, "git rev-parse HEAD")
end

function M.remove_all()
  for _, dir in ipairs(made) do
    os.execute("rm -rf " .. quote(dir))
  end
  made = {}
end

return M
