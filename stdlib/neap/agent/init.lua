-- neap.agent "claude" { model = "opus" }: an agent tool as a value that makes process specs.
-- Owns what all tools share: options, tasks, the prompt on stdin; what an attempt gave is
-- agent/answer's, the one after it agent/routes'. A tool is a table neap.agent.NAME with name,
-- vendor, program, argv(request, encode), env(ours), stream(request). Starts nothing.
local answer = require "neap.agent.answer"
local check = require "neap.base.check"
local err = require "neap.base.err"
local json = require "neap.base.json"
local native = require "neap.native"
local retry = require "neap.policy.retry"
local routes = require "neap.agent.routes"

---@class neap.Agent
---@field name string
---@field vendor string who made it: an auditor should be of another one than the author
---@field tool table
---@field options table
local Agent = {}
Agent.__index = Agent

local M = {}

local OPTIONS = {
  model = "string", budget = "money", turns = "integer", silence = "duration", timeout = "duration",
  grace = "duration", retry = "any", allow = "strings", env = "table", program = "strings",
  vendor = "string",
}

local TASK = {
  name = "string", key = "any", prompt = "string", access = { "read", "write", "full" },
  cwd = "string", schema = "table",
  resume = function(value)
    if value == true or type(value) == "string" then
      return value
    end
    return nil, "must be true or the id of a session"
  end,
}

-- A word that names a file here is made absolute: attempts run in other directories.
local function words(program)
  local list = {}
  for i, word in ipairs(program) do
    list[i] = word:find("/", 1, true) and native.sys.realpath(word) or word
  end
  return list
end

---@param value any
---@return boolean
function M.is_agent(value)
  return getmetatable(value) == Agent
end

---@class (exact) neap.AgentTask
---@field name string name of the step
---@field key any?
---@field prompt string? nil when `prepare` sets it
---@field identity any[]? what tells this task from another, default the prompt
---@field access "read"|"write"|"full"
---@field cwd string
---@field schema table?
---@field resume string|boolean? session to continue; true: that of the last attempt, if any
---@field prepare function? makes ready before each attempt, see neap.ProcessSpec
---@field others neap.Agent[]? whom retry_different takes next

---What one attempt of this agent at `task` is.
---@param task neap.AgentTask
---@return neap.ProcessSpec
function Agent:spec(task)
  local o, tool = self.options, self.tool
  local request = {
    access = task.access, model = o.model, budget = o.budget, turns = o.turns, allow = o.allow,
    schema = task.schema, resume = task.resume ~= true and task.resume or nil,
  }
  local argv = words(o.program or { tool.program })
  for _, word in ipairs(tool.argv(request, json.encode)) do
    argv[#argv + 1] = word
  end
  local env = tool.env(native.sys.env())
  for name, value in pairs(o.env or {}) do
    env[name] = value
  end
  local identity = task.identity or { native.sys.sha256(task.prompt) }
  local spec = {
    kind = "agent", name = task.name, key = task.key,
    args = json.array { task.access, unpack(identity) },
    argv = argv, env = env, cwd = task.cwd, stdin = task.prompt, prepare = task.prepare,
    timeout = o.timeout, silence = o.silence, grace = o.grace,
    policy = o.retry,
    stream = function()
      return tool.stream(request)
    end,
    value = function(_, said)
      return answer.of(self.name, said)
    end,
    events = answer.spent,
  }
  spec.next = routes.next(self, task, spec)
  spec.again = task.resume == true and routes.again(self, task, spec) or nil
  return spec
end

---A task as scripts write it: `w:run(claude { prompt = "…", access = "write" })`. It reads only,
---in the directory of the run, unless it says otherwise.
---@param given { prompt: string, name?: string, key?: any, access?: "read"|"write"|"full",
---  cwd?: string, schema?: table, resume?: string|true }
---@return neap.ProcessSpec
function Agent:__call(given)
  local task = check.options(self.name .. " task", given, TASK)
  if not task.prompt then
    err.usage(self.name .. " task: there is no prompt", { help = 'prompt = "what to do"' })
  end
  task.name, task.access = task.name or self.name, task.access or "read"
  return self:spec(task)
end

---Of these agents the first of another vendor than `author`, else the first.
---@param agents neap.Agent[]
---@param author neap.Agent
---@return neap.Agent
---@return boolean independent
function M.other_than(agents, author)
  for _, agent in ipairs(agents) do
    if agent.vendor ~= author.vendor then
      return agent, true
    end
  end
  return agents[1], false
end

---One agent or a list of them, checked.
---@param path string
---@param value any
---@return neap.Agent[]
function M.list(path, value)
  local agents = M.is_agent(value) and { value } or value
  for i, agent in ipairs(type(agents) == "table" and agents or {}) do
    if not M.is_agent(agent) then
      err.usage(("%s[%d] is no agent"):format(path, i), { help = 'neap.agent "claude" {}' })
    end
  end
  if type(agents) ~= "table" or #agents == 0 then
    err.usage(path .. " needs an agent", { help = path .. ' = neap.agent "claude" {}' })
  end
  return agents
end

---An agent tool by name.
---@param name string
---@return fun(options: table?): neap.Agent
function M.of(name)
  local module = "neap.agent." .. tostring(name)
  local found, tool = pcall(require, module)
  local is_absent = not found
    and tostring(tool):find(("module '%s' not found"):format(module), 1, true)
  if is_absent or found and not tool.argv then
    err.usage(("there is no agent %q"):format(tostring(name)), { help = 'known: "claude"' })
  elseif not found then
    error(tool, 0)
  end
  return function(options)
    local o = check.options(('neap.agent "%s"'):format(name), options or {}, OPTIONS)
    o.retry = o.retry ~= nil and retry.compile(o.retry) or retry.defaults.agent
    return setmetatable({
      name = name, vendor = o.vendor or tool.vendor, tool = tool, options = o,
    }, Agent)
  end
end

return setmetatable(M, { __call = function(_, name)
  return M.of(name)
end })
