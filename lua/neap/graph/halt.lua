-- halt: how a graph stops before its end.
-- Owns what becomes of the nodes that have not begun; those that run end by themselves.

local M = {}

---Nothing new starts: intents that were not used are void.
---@param self neap.Schedule
---@return table[] entries
function M.withdraw(self)
  local entries = self.ahead
  self.ahead = {}
  for _, entry in ipairs(entries) do
    if entry.attempt then
      entry.attempt:void()
    end
    self.ready:give(entry.id)
  end
  return entries
end

---A fail_fast node has failed: what has not begun ends as skipped, with that node as the cause.
---@param self neap.Schedule
function M.give_up(self)
  local ids = self.ready:flush()
  for entry in pairs(self.trying) do
    entry.attempt:no_more()
  end
  for _, list in ipairs { M.withdraw(self), self.again } do
    for _, entry in ipairs(list) do
      ids[#ids + 1] = entry.id
    end
  end
  self.again = {}
  for id in pairs(self.asking) do
    ids[#ids + 1] = id
  end
  self.asking = {}
  table.sort(ids)
  for _, id in ipairs(ids) do
    self:skip(id, self.failing, "fail_fast")
  end
end

return M
