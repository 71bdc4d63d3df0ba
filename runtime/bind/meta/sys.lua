---@meta neap.native.sys
-- This machine: processes by number, whole files, the environment.
--
-- Calls here block: they are for start-up, recovery and the command line. What is large or on the
-- way of a run goes through the loop and the store. What fails in the world returns nil, err.

---@class neap.native.sys
local sys = {}

---The number of this process.
---@return integer
function sys.pid() end

---What names this boot of the kernel; it differs after a restart of the machine.
---@return string? id
---@return neap.Err? err
function sys.boot_id() end

---When process `pid` started, in clock ticks since the boot, in digits; nil when there is none.
---With the boot id it names a process for ever.
---@param pid integer
---@return string?
function sys.start_time(pid) end

---Whether that very process is there still, not another with its number.
---@param pid integer
---@param start_time string  as `start_time(pid)` said when it began
---@param boot_id string
---@return boolean
function sys.alive(pid, start_time, boot_id) end

---Signal every process whose environment has NEAP_ATTEMPT=`mark`, wherever it hides; a mark that
---ends with "/" means all that begin with it.
---@param mark string
---@param signal integer  9 is KILL, 15 is TERM, 0 is none: they are only counted
---@return integer count  of the processes signalled
function sys.sweep(mark, signal) end

---A process that may rely on the lock file at `path`: one that has it open, or a git that works in
---one of the folders (absolute, without links) or names one. This process does not count.
---@param path string
---@param ... string  at most 7 folders
---@return integer? pid
function sys.holder(path, ...) end

---Signal the process group that `pid` leads.
---@param pid integer
---@param signal integer  9 is KILL, 15 is TERM
---@return true? done
---@return neap.Err? err  "not_found" when nobody is in it
function sys.kill_group(pid, signal) end

---@return string
function sys.hostname() end

---@return string? path
---@return neap.Err? err
function sys.cwd() end

---The environment of this process: a new table from name to value.
---@return table<string, string>
function sys.env() end

---The path of the program neap: this one, or the one installed with the module we are in.
---@return string? path
---@return neap.Err? err
function sys.exe() end

---Whether descriptor `fd` is a terminal.
---@param fd integer
---@return boolean
function sys.isatty(fd) end

---The width of the terminal at descriptor `fd`.
---@param fd integer
---@return integer? columns
---@return neap.Err? err
function sys.columns(fd) end

---The SHA-256 of `bytes` in lower-case hex.
---@param bytes string
---@return string
function sys.sha256(bytes) end

---`n` bytes (at most 256) from the kernel's random source.
---@param n integer
---@return string? bytes
---@return neap.Err? err
function sys.random_bytes(n) end

---A random UUID (version 4).
---@return string? uuid
---@return neap.Err? err
function sys.uuid() end

---`ms` since the epoch as 2026-11-22T02:24:00.123Z.
---@param ms integer
---@return string
function sys.rfc3339(ms) end

---The whole file.
---@param path string
---@return string? bytes
---@return neap.Err? err
function sys.read(path) end

---Put `bytes` in the place of the file, atomically and durably.
---@param path string
---@param bytes string
---@return true? done
---@return neap.Err? err
function sys.write(path, bytes) end

---Add `bytes` at the end of the file, which is made when absent.
---@param path string
---@param bytes string
---@return true? done
---@return neap.Err? err
function sys.append(path, bytes) end

---Whether there is anything at `path`; a link counts for what it points at.
---@param path string
---@return boolean
function sys.exists(path) end

---@class neap.native.sys.Stat
---@field type "file"|"directory"|"other"
---@field size integer  bytes
---@field mtime number  seconds since the epoch
---@field mode integer  permission bits

---What is at `path`, links followed.
---@param path string
---@return neap.native.sys.Stat? stat
---@return neap.Err? err
function sys.stat(path) end

---The absolute path without links, "." and "..".
---@param path string
---@return string? path
---@return neap.Err? err
function sys.realpath(path) end

---The names in a directory, sorted by bytes.
---@param path string
---@return string[]? names
---@return neap.Err? err
function sys.list(path) end

---Make the directory and its parents; fine when it is there.
---@param path string
---@return true? done
---@return neap.Err? err
function sys.mkdir_p(path) end

---Remove a file or an empty directory.
---@param path string
---@return true? done
---@return neap.Err? err
function sys.remove(path) end

---Remove a file, or a directory with all it holds; fine when it is not there.
---@param path string
---@return true? done
---@return neap.Err? err
function sys.remove_tree(path) end

---@param from string
---@param to string
---@return true? done
---@return neap.Err? err
function sys.rename(from, to) end

return sys
