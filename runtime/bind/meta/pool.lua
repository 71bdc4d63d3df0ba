---@meta neap.native.pool
-- native.pool: a number of slots that are taken and given back. Who waits is the caller's
-- business. A weight that could never fit raises, and so does giving back what was not taken.

---@class native.pool
local pool = {}

---@param slots number a whole number from 1 on
---@return neap.Pool
function pool.new(slots) end

---@class neap.Pool
local p = {}

---Take `weight` slots if so many are free.
---@param weight? number 1 if absent
---@return boolean taken
function p:take(weight) end

---Give `weight` slots back.
---@param weight? number 1 if absent
function p:give(weight) end

---How many are free.
---@return number
function p:free() end

return pool
