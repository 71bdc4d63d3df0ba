---@meta neap.native.environ
-- native.environ: the environment that many children share, converted once.

---@class neap.native.environ
local environ = {}

---@class neap.Environ an environment that does not change any more

---The variables of a table, for `env` of loop:spawn. Later changes of the table are not seen.
---@param vars table<string, string>
---@return neap.Environ
function environ.new(vars) end

return environ
