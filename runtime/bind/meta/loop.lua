---@meta neap.native.loop
-- native.loop: the real world: a clock, timers, processes, signals, watched paths.
--
-- Callbacks run from `run` and `step`, one after the other, never inside each other; an error in
-- one goes to native.on_error and the loop goes on. Times are seconds. What is open is kept by its
-- loop, not by its user. native.sim has the same methods.

---@class neap.native.loop
local loop = {}

---A real loop.
---@return neap.Loop? loop
---@return neap.Err? err
function loop.new() end

---Whether the process ignores a signal, as it does HUP under nohup.
---@param name "int"|"term"|"hup"|"winch"
---@return boolean
function loop.ignores(name) end

---@class neap.Loop
local l = {}

---Run callbacks until nothing is left to do, or `stop`. Raises inside a callback.
---@return boolean left  whether something is left
function l:run() end

---One turn without waiting; a simulated loop jumps to the next deadline when nothing is due.
---@return boolean left
function l:step() end

---Let `run` return after the callback that is running.
function l:stop() end

---End everything that is open, also processes with their groups; no callback comes after. Raises
---inside a callback.
function l:close() end

---How many timers, processes, notices, deferred functions and jobs are open.
---@return integer
function l:pending() end

---Call `fn` soon, in order; what it defers comes in the next turn.
---@param fn fun()
---@return true? ok
---@return neap.Err? err
function l:defer(fn) end

---Call `fn` once after `delay` seconds. Equal deadlines fire in the order they were started.
---@param delay number  below zero counts as zero
---@param fn fun()
---@return neap.Timer? timer
---@return neap.Err? err
function l:timer(delay, fn) end

---Call `fn` once when the wall clock has reached `at`, also when that clock is set or the machine
---was asleep.
---@param at number  seconds since the epoch
---@param fn fun()
---@return neap.Timer? timer
---@return neap.Err? err
function l:alarm(at, fn) end

---Call `fn` each time the signal comes. Does not keep `run` going.
---@param name "int"|"term"|"hup"|"winch"
---@param fn fun()
---@return neap.Notice? notice
---@return neap.Err? err
function l:signal(name, fn) end

---Call `fn` each time `path` (which exists) was touched. Does not keep `run` going.
---@param path string
---@param fn fun()
---@return neap.Notice? notice
---@return neap.Err? err  "not_found", "limit" …
function l:watch(path, fn) end

---@class (exact) neap.SpawnOpts
---@field argv string[]  argv[1] is searched in PATH when it has no slash
---@field env? table<string, string>|neap.Environ  the whole environment; ours if absent
---@field add? table<string, string>  variables on top of it
---@field cwd? string
---@field stdin? string|true  what it reads; true: what `write` gives it; /dev/null if absent
---@field grace? number  seconds between TERM and KILL, 5 if absent
---@field drain? number  seconds that others may hold its pipes after its end, 0.5 if absent
---@field limit? integer  bytes kept of the beginning of each stream, 1 MiB if absent
---@field tail? integer  bytes kept of the end of each stream, 4096 if absent
---@field spool? string  PREFIX of PREFIX.out and PREFIX.err, made at the first byte
---@field spool_limit? integer  bytes written to each, 64 MiB if absent
---@field lines? boolean  tell each line
---@field output? boolean  tell all bytes as they come

---@class neap.ProcessFacts
---@field spawn_error? neap.Err  it never became the program: "not_found" (program, directory),
---  "invalid" (not a program), "limit" (arguments too long)
---@field code? integer  of its exit, unless a signal ended it
---@field signal? integer  that ended it (neither: somebody else reaped it)
---@field stdout string  the beginning, up to `limit`
---@field stdout_truncated boolean  whether that is not all
---@field stdout_tail string  the end, up to `tail`
---@field stdout_bytes integer  in all
---@field stdout_spool_error? string  why the file is not all of it
---@field stderr string
---@field stderr_truncated boolean
---@field stderr_tail string
---@field stderr_bytes integer
---@field stderr_spool_error? string
---@field duration number
---@field survivors integer  processes killed after its end: of its group, or with its NEAP_ATTEMPT
---@field stopped? string  the reason given to `stop`, when that came before its end

---Start a process: the leader of a session of its own, with default signals and no descriptor but
---0, 1 and 2. `on_event` gets "line", text, stream (1|2) for each line without its end;
---"output", bytes, stream; and last and once "exit", neap.ProcessFacts.
---@param opts neap.SpawnOpts
---@param on_event fun(kind: "line"|"output"|"exit", what: any, stream: integer?)
---@return neap.Process? process
---@return neap.Err? err  "not_found" (no such program in PATH), "invalid" (it may not be run),
---  "limit" (processes, descriptors)
function l:spawn(opts, on_event) end

---Monotonic.
---@return number seconds
function l:now() end

---Since the epoch.
---@return number seconds
function l:wall() end

---At least 0, below 1.
---@return number
function l:random() end

---For hosts with a loop of their own: a descriptor that is readable when `step` has something to
---do; -1 in a simulated world.
---@return integer
function l:fd() end

---Seconds after which to call `step` anyway; -1: none.
---@return number
function l:timeout() end

---@class neap.Timer
local timer = {}

---It will not fire; fine when it has.
function timer:stop() end

---Whether it is still to fire.
---@return boolean
function timer:active() end

---@class neap.Notice
local notice = {}

---The notice of a signal insists: from the `nth` of it on, one that is not heard for `seconds`, since
---a function does not come back to the loop, ends the process. Its children get TERM with their
---groups, `words` go to stderr, and the signal has its default action. Until it is stopped it uses
---the process's ITIMER_REAL: for programs, not for guests. Nothing happens in a simulated world.
---@param nth integer  1 or more
---@param seconds integer  whole, 1 or more
---@param words string  with their ends of lines
function notice:insist(nth, seconds, words) end

---It is not called any more.
function notice:stop() end

---@class neap.Process
local process = {}

---@return integer
function process:pid() end

---With the pid and the boot's id it names the process for ever; nil when it had ended before the
---first call.
---@return string?
function process:start_time() end

---Whether its exit is still to come.
---@return boolean
function process:running() end

---Ask its group to end (TERM), insist after `grace` seconds (KILL). The first reason stays; a later
---stop can only shorten the grace. Nothing happens when it has ended.
---@param reason? string  "stopped" if absent
---@param grace? number  that of the options if absent
function process:stop(reason, grace) end

---Send one signal to its group.
---@param signal integer
function process:kill(signal) end

---More for its stdin; never blocks.
---@param bytes string
---@return true? ok
---@return neap.Err? err  "cancelled" when its stdin is closed
function process:write(bytes) end

---End of file, once everything is written.
function process:close_stdin() end

return loop,
  {
    ["neap.loop"] = l,
    ["neap.timer"] = timer,
    ["neap.notice"] = notice,
    ["neap.process"] = process,
  }
