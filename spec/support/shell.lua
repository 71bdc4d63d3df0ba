-- shell: temporary directories and real commands for specs of the program.

local M = {}

local neap = os.getenv("NEAP") or "build/dev/neap"
local build = os.getenv("NEAP_BUILD") or "build/dev"

M.neap, M.build = neap, build

---A new empty directory.
function M.dir()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  return path
end

function M.remove(dir)
  os.execute("rm -rf '" .. dir .. "'")
end

function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

function M.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text
end

---Run a shell line in `dir` with `neap` as `$NEAP`: exit code, stdout, stderr.
function M.run(dir, line)
  local out, problems = os.tmpname(), os.tmpname()
  local absolute = neap:sub(1, 1) == "/" and neap or M.cwd() .. "/" .. neap
  local form = "cd '%s' && NEAP='%s' && export NEAP && ( %s ) >'%s' 2>'%s' </dev/null"
  local status = os.execute(form:format(dir, absolute, line, out, problems))
  local stdout, stderr = M.read(out), M.read(problems)
  os.remove(out)
  os.remove(problems)
  return status >= 256 and math.floor(status / 256) or status, stdout, stderr
end

function M.cwd()
  local pipe = assert(io.popen("pwd"))
  local path = pipe:read("*l")
  pipe:close()
  return path
end

return M
