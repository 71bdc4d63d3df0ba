-- neap.command "gh": a program as a function that makes process specs.
-- Owns no more than the name in front of the arguments; w:run, task and neap.exec take the result.
local check = require "neap.base.check"
local err = require "neap.base.err"
local retry = require "neap.policy.retry"
local spec_of = require "neap.run.spec"

---`local gh = neap.command "gh"`, then `w:run(gh { "pr", "list" })`.
---@param program string
---@return fun(given: table): table
return function(program)
  if type(program) ~= "string" or program == "" then
    err.usage("neap.command needs the name of a program")
  end
  local path = check.name("command", (program:match("[^/]+$")))
  return function(given)
    if type(given) ~= "table" then
      err.usage(("%s needs a table of arguments, not %s"):format(path, type(given)),
        { help = path .. ' { "…" }' })
    end
    spec_of.policy(path, given, retry.defaults.command) -- only checked
    local spec = { program }
    for name, value in pairs(given) do
      spec[type(name) == "number" and name + 1 or name] = value
    end
    return spec
  end
end
