-- The command line: reads argv, finds the command, returns the exit code.
local function lua(args)
  local file = args[2]
  local chunk = assert(loadfile(file))
  local script_arg = { [0] = file }
  for i = 3, #args do
    script_arg[#script_arg + 1] = args[i]
  end
  _G.arg = script_arg
  chunk(unpack(script_arg))
  return 0
end

return function(args)
  if args[1] == "lua" then
    return lua(args)
  end
  return 2
end
