---@meta neap.native.sim
-- native.sim: a world without the world: virtual time, scripted processes, the methods of
-- native.loop. Time moves only when nothing is left to do now, and then jumps to the next deadline:
-- a week takes a millisecond. The same seed and the same calls give the same course, always.

---@class neap.native.sim
local sim = {}

---@class (exact) neap.SimOpts
---@field seed? integer  of `random`, 1 if absent
---@field wall? number  the wall clock at the beginning, 1760000000 if absent

---@param opts? neap.SimOpts
---@return neap.Sim? loop
---@return neap.Err? err
function sim.new(opts) end

---What a scripted process does: it says its output at once, its lines when they are due, and ends.
---TERM ends it unless ignored, any other signal does.
---@class (exact) neap.SimBehaviour
---@field stdout? string
---@field stderr? string
---@field lines? { [1]: number, [2]: string, [3]: integer? }[]  { at, text, stream } by rising time
---@field after? number  when it ends: 0, or with its last line, if absent; math.huge: never
---@field code? integer
---@field signal? integer
---@field ignores_term? boolean

---@class neap.Sim: neap.Loop
local s = {}

---Processes whose command (argv joined by spaces) fits do this. Of the scripts that fit, the first
---counts; a command that none fits does not exist ("not_found").
---@param matcher string|fun(argv: string[], opts: neap.SpawnOpts): boolean?  a Lua pattern
---@param behaviour neap.SimBehaviour|fun(opts: neap.SpawnOpts): neap.SimBehaviour
function s:script(matcher, behaviour) end

---The argv of every process started so far.
---@return string[][]
function s:spawned() end

---As if the signal had come.
---@param name "int"|"term"|"hup"|"winch"
function s:raise(name) end

---Set the wall clock, forwards or back, as somebody sets that of a machine.
---@param wall number
function s:set_wall(wall) end

local _, types = dofile "runtime/bind/meta/loop.lua"
for name, method in pairs(types["neap.loop"]) do
  s[name] = method
end

return sim, { ["neap.sim"] = s }
