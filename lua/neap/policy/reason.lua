-- The ten reasons a process ends for, which of them may get better, and what signals and exit codes
-- of plain commands say. Owns these tables, which are data; refuses to know rules. Uses nothing.

local M = {}

M.reasons = {
  "normal", "timeout", "budget_exceeded", "turn_limit", "permission_blocked", "killed",
  "schema_invalid", "network_error", "crashed", "unknown",
}

---The longest name that covers "reason.detail" decides whether trying again may help.
M.retryable = {
  normal = false,
  timeout = true,
  budget_exceeded = false,
  turn_limit = true,
  permission_blocked = false,
  killed = true,
  ["killed.cancelled"] = false,
  schema_invalid = true,
  network_error = true,
  crashed = true,
  ["crashed.auth"] = false,
  ["crashed.context_overflow"] = false,
  ["crashed.input"] = false,
  ["crashed.model_not_found"] = false,
  ["crashed.not_executable"] = false,
  ["crashed.not_found"] = false,
  ["crashed.poison"] = false,
  ["crashed.spawn.not_executable"] = false,
  ["crashed.spawn.not_found"] = false,
  ["crashed.spawn.permission"] = false,
  ["crashed.spawn.too_big"] = false,
  ["crashed.usage"] = false,
  unknown = true,
}

---Why a process could not be started, by Linux's errno; others keep the code of their error.
M.spawn = {
  [1] = "permission", [7] = "too_big", [8] = "not_executable", [13] = "permission",
  [21] = "permission",
}

---Linux numbers; what is not here is written as its number.
M.signals = {
  [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP",
  [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [9] = "SIGKILL", [10] = "SIGUSR1",
  [11] = "SIGSEGV", [12] = "SIGUSR2", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM",
  [24] = "SIGXCPU", [25] = "SIGXFSZ", [31] = "SIGSYS",
}

---Signals by which a program says that it is broken; all others come from outside.
local FAULTS = {
  [4] = true, [5] = true, [6] = true, [7] = true, [8] = true, [11] = true, [31] = true,
}

---@param number integer
---@return string "reason.detail"
function M.signalled(number)
  return (FAULTS[number] and "crashed" or "killed") .. ".signal:"
    .. (M.signals[number] or tostring(number))
end

---What a plain command's codes mean; a shell reports a signal of its child as 128 + n.
M.codes = {
  [0] = "normal",
  [126] = "crashed.not_executable",
  [127] = "crashed.not_found",
  [129] = M.signalled(1),
  [130] = M.signalled(2),
  [134] = M.signalled(6),
  [137] = M.signalled(9),
  [139] = M.signalled(11),
  [143] = M.signalled(15),
}

---May trying again help, by the longest name in `exit.retryable` that covers the tag?
---@param tag string "reason.detail"
---@return boolean
function M.is_retryable(tag)
  while tag do
    if M.retryable[tag] ~= nil then
      return M.retryable[tag]
    end
    tag = tag:match("^(.*)[.:]")
  end
  return true
end

local IS_REASON = {}
for _, reason in ipairs(M.reasons) do
  IS_REASON[reason] = true
end

---@param name string
---@return boolean
function M.is_reason(name)
  return IS_REASON[name] or false
end

return M
