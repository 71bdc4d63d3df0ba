-- behind: where a script is that has left the stack: `return w:step(…)` is a tail call.
-- Owns the guess: the one line of the coroutine's function that returns such a call, else the line
-- where the function begins. Refuses to guess for neap's own functions.

local err = require("neap.base.err")
local fiber = require("neap.run.fiber")

---The only line of `file` from `first` to `last` that returns a call of `w`.
local function tail_call(file, first, last, w)
  local handle = io.open(file, "r")
  local pattern = "%f[%w_]return%s+" .. w .. "%s*[.:]"
  local n, found, many = 0, nil, false
  for text in handle and handle:lines() or function() end do
    n = n + 1
    if n >= first and n <= last and text:find(pattern) then
      found, many = n, found ~= nil
      if many then
        break
      end
    end
  end
  if handle then
    handle:close()
  end
  return not many and found or nil
end

---The file and line, or nil.
---@param fn? function default that of the coroutine that runs
---@return string? file
---@return integer? line
return function(fn)
  local f = fiber.current()
  fn = fn or f and f.fn
  if not fn then
    return nil
  end
  local info = debug.getinfo(fn, "S")
  local file, w = err.script(info.source), debug.getlocal(fn, 1)
  if file then
    return file, w and tail_call(file, info.linedefined, info.lastlinedefined, w)
      or info.linedefined
  end
end
