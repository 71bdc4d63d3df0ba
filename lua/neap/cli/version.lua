-- version: what this program is.

local native = require "neap.native"

return function(args)
  if args[1] == "--json" then
    io.stdout:write(native.json.encode { version = native.version, jit = jit.version }, "\n")
  else
    io.stdout:write("neap ", native.version, "\n")
  end
  return 0
end
