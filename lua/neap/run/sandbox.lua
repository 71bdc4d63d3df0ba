-- sandbox: the globals a script sees, by what it is doing right now.
-- Owns the rule "workflow code is replayed, so it may not look at the world; step bodies may".
-- The mode (load, workflow, step) is asked for at each call, never baked in.

local fiber = require("neap.run.fiber")
local order = require("neap.base.order")

local M = {}

local function real(name)
  return name:match("^neap") or name == "cjson" or name == "ffi" or name == "bit" or name == "jit"
end

---A function that raises in workflow mode and says what to call instead.
local function only_in_steps(name, fn, instead)
  return function(...)
    if fiber.mode() == "workflow" then
      error(("%s in workflow code would differ when the run goes on after a crash: %s")
        :format(name, instead), 2)
    end
    return fn(...)
  end
end

---A function that would harm whatever else runs: never inside neap.
local function never(name, harm, instead)
  return function()
    error(("%s would %s: %s"):format(name, harm, instead), 2)
  end
end

local blocks = "stop every other task while it runs"

local in_a_step = "do it in a step, w:step(name, function() … end)"

local function guarded_os()
  local guarded = setmetatable({}, { __index = os })
  guarded.time = function(t)
    if t == nil and fiber.mode() == "workflow" then
      error("os.time in workflow code would differ when the run goes on after a crash: "
        .. "use w:now()", 2)
    end
    return os.time(t)
  end
  guarded.date = function(format, t)
    if t == nil and fiber.mode() == "workflow" then
      error("os.date without a time in workflow code would differ when the run goes on after a "
        .. "crash: use os.date(format, w:now())", 2)
    end
    return os.date(format, t)
  end
  guarded.clock = only_in_steps("os.clock", os.clock, "use w:now()")
  for _, name in ipairs { "getenv", "remove", "rename", "tmpname", "setlocale" } do
    guarded[name] = only_in_steps("os." .. name, os[name], in_a_step)
  end
  guarded.execute = never("os.execute", blocks, "use neap.exec { … } in a step, or w:run { … }")
  guarded.exit = never("os.exit", "end every other task too",
    "return from the function, or error()")
  return guarded
end

local function guarded_io()
  local guarded = {}
  for name, fn in pairs(io) do
    guarded[name] = type(fn) == "function" and only_in_steps("io." .. name, fn, in_a_step) or fn
  end
  guarded.popen = never("io.popen", blocks, "use neap.exec { … } in a step, or w:run { … }")
  return guarded
end

local function guarded_math()
  local guarded = setmetatable({}, { __index = math })
  guarded.random = only_in_steps("math.random", math.random, "use w:random()")
  guarded.randomseed = only_in_steps("math.randomseed", math.randomseed, "w:random() is seeded")
  return guarded
end

local function ordered_pairs(t)
  if fiber.mode() ~= "workflow" then
    return pairs(t)
  end
  return order.sorted_pairs(t)
end

local function quiet_print(...)
  local now = fiber.current()
  if now and now.mode == "workflow" and now.run and now.run:is_replaying() then
    return
  end
  print(...)
end

local function forbid_global(_, name)
  error(("a script may not write globals (\"%s\"): make it local"):format(tostring(name)), 2)
end

---Where the module `name` of a script in `dir` may be; none for neap's own.
---@return string[]
function M.places(dir, name)
  if real(name) then
    return {}
  end
  local base = dir .. "/" .. name:gsub("%.", "/")
  return { base .. ".lua", base .. "/init.lua" }
end

local LOADING = {}

---`require` for a script: modules beside it first, each in the script's world, then neap's own.
---What Lua brings is as guarded as its global.
local function searcher(env, dir, loaded, on_source)
  local guarded = { os = env.os, io = env.io, math = env.math, _G = env }
  return function(name)
    if loaded[name] == LOADING then
      error(("module \"%s\" is asked for while it loads"):format(name), 2)
    elseif loaded[name] ~= nil then
      return loaded[name]
    end
    for _, path in ipairs(M.places(dir, name)) do
      local chunk, problem = M.load(path, env, on_source)
      if chunk then
        loaded[name] = LOADING
        local value = chunk(name)
        loaded[name] = value == nil and true or value
        return loaded[name]
      elseif problem then
        error(problem, 0)
      end
    end
    if guarded[name] then
      return guarded[name]
    end
    return require(name) -- a tail call, so that what it raises has the line of the script
  end
end

---Compile a script's file in `env`; nil when there is no such file, nil and a message when it
---does not compile.
function M.load(path, env, on_source)
  local text = on_source(path)
  if not text then
    return nil
  end
  if text:sub(1, 2) == "#!" then
    text = text:gsub("^[^\n]*", "", 1)
  end
  local chunk, problem = loadstring(text, "@" .. path)
  if not chunk then
    return nil, problem
  end
  return setfenv(chunk, env)
end

---The globals of one script.
---@param dir string the script's directory
---@param read fun(path: string): string? how sources are read (and remembered)
function M.new(dir, read)
  local values = {
    os = guarded_os(), io = guarded_io(), math = guarded_math(), print = quiet_print,
    pairs = ordered_pairs,
  }
  local env = setmetatable({}, {
    __index = function(_, name)
      local value = values[name]
      if value ~= nil then
        return value
      end
      return _G[name]
    end,
    __newindex = forbid_global,
  })
  values._G = env
  values.require = searcher(env, dir, {}, read)
  values.loadstring = function(text, name)
    local chunk, problem = loadstring(text, name)
    return chunk and setfenv(chunk, env), problem
  end
  values.load = values.loadstring
  return env
end

return M
