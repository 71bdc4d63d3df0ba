-- Prints a file in pieces of N bytes, each its own write: neap lua drip.lua FILE N
local file = assert(io.open(arg[1], "rb"))
io.stdout:setvbuf "no"
for piece in function() return file:read(tonumber(arg[2])) end do
  io.stdout:write(piece)
end
