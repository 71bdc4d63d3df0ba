-- engine: a worker (worker.lua) in a process of its own, as its caller sees it.
-- Owns its start, its questions and answers, its memory and its end.

local native = require "neap.native"
local json = require "neap.base.json"

local M = {}

local loop = native.loop.new()
M.loop = loop

---@class bench.Engine
local Engine = {}
Engine.__index = Engine

---Run the loop until `self[field]` is there; a worker that ends instead is an error.
local function wait(self, field)
  while self[field] == nil do
    if self.facts then
      error("the worker ended: " .. self.facts.stderr, 0)
    end
    loop:run()
  end
  return self[field]
end

---Start a worker and wait until its store is open.
---@param store string a directory
---@param log? string where its step bodies note that they ran
---@return bench.Engine
function M.start(store, log)
  local self = setmetatable({ began = loop:now() }, Engine)
  local argv = { M.neap, "lua", M.here .. "/worker.lua", store, log }
  self.process = assert(loop:spawn({ argv = argv, stdin = true, lines = true },
    function(kind, text, stream)
      if kind == "exit" then
        self.facts = text
      elseif stream == 1 and text == "ready" then
        self.boot = loop:now() - self.began
      elseif stream == 1 then
        self.answer = text
      end
      if kind == "exit" or stream == 1 then
        loop:stop()
      end
    end))
  wait(self, "boot")
  return self
end

---Ask, and go on without the answer.
function Engine:send(...)
  self.answer = nil
  self.process:write(table.concat({ ... }, " ") .. "\n")
end

---Ask, and wait for the answer.
---@return table
function Engine:ask(...)
  self:send(...)
  return json.decode(wait(self, "answer"))
end

function Engine:ended()
  while not self.facts do
    loop:run()
  end
end

function Engine:kill()
  self.process:kill(9)
  self:ended()
end

function Engine:close()
  self.process:close_stdin()
  self:ended()
end

---Resident and proportional memory in MiB.
---@return number rss
---@return number pss
function Engine:memory()
  local text = native.sys.read(("/proc/%d/smaps_rollup"):format(self.process:pid()))
  return text:match("Rss:%s+(%d+)") / 1024, text:match("Pss:%s+(%d+)") / 1024
end

---Do nothing for a while.
function M.pause(seconds)
  loop:timer(seconds, function()
    loop:stop()
  end)
  loop:run()
end

return M
