-- The façade: `require "neap"`. Lazy; may require anything; owns no logic.
local M = {}

return M
