-- A behaviour of simulated processes: the command is run for real, at once, and its end replayed.
-- For worlds over a real repository. Uses a shell and temporary files.
local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function take(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  os.remove(path)
  return text
end

--- { argv, cwd } -> { code, stdout, stderr }
return function(opts)
  local words = {}
  for i, word in ipairs(opts.argv) do
    words[i] = quote(word)
  end
  local out, err = os.tmpname(), os.tmpname()
  local status = os.execute(("cd %s && %s >%s 2>%s </dev/null")
    :format(quote(opts.cwd or "."), table.concat(words, " "), out, err))
  return { code = math.floor(status / 256), stdout = take(out), stderr = take(err) }
end
