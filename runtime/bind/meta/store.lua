---@meta neap.native.store
-- native.store: where everything that matters is written down, once. On disk it is one SQLite
-- database in a directory, written by a thread of its own (WAL, synchronous=FULL, always); in
-- memory, and in every simulated world, it is the same SQL without the thread.
--
-- A commit is an item: guards, events with their projections, writes and blobs that become true
-- together or not at all, and alone: the failure of one item never touches another. Its callback
-- comes once, from the loop, when the disk has said yes or no.

---@class native.store
local store = {}

---@class (exact) neap.StoreOpts
---@field path string? the directory (needed on disk)
---@field read_only boolean? nothing is written, not even a lock
---@field create boolean? make what is missing; true if absent
---@field memory boolean? in memory; always so in a simulated world
---@field busy number? seconds a commit waits for another process; 5 if absent

---Errors, each before anything is touched: "not_found", "version" (a newer neap made it),
---"corrupt" (no database of neap), "read_only", "no_space", "io".
---@param loop table real or simulated
---@param options neap.StoreOpts?
---@return neap.Store? store, table? err
function store.open(loop, options) end

---@class neap.Store
local s = {}

---@class (exact) neap.StoreDefinition
---@field schema string? SQL that creates the tables beyond the core ones; tables that are not
---projections say CREATE TABLE IF NOT EXISTS
---@field tables string[]? those of them that are projections: derived from the events
---@field projections table<string, string|string[]>? event type -> SQL that sees the event as
---:seq :run :n :type :version :at :step :attempt :fence :actor :cause :command :data
---@field statements table<string, string>? name -> SQL with named parameters
---@field schema_version integer? a store of a higher one is refused ("version"); 1 if absent

---Teach the store its tables and SQL, once, before the first commit. Projections are made again
---from the events when what defines them has changed.
---@param definition neap.StoreDefinition
---@return true? ok, table? err
function s:define(definition) end

---@class (exact) neap.StoreEvent
---@field type string
---@field version integer? 1 if absent
---@field step string?
---@field attempt integer?
---@field actor string?
---@field cause integer? seq of the event that led to this one
---@field command string? idempotency: unique in the stream
---@field data any what JSON can hold; {} if absent

---@class (exact) neap.StoreItem
---@field run string the stream
---@field fence integer? refused unless this process owns the run at it
---@field at integer? ms since the epoch, of all its events; the loop's clock if absent
---@field guards { [1]: string, [2]: table? }[]? statements that must return a row or change one
---@field writes { [1]: string, [2]: table? }[]? statements that need not
---@field events neap.StoreEvent[]?
---@field blobs table<string, string>? SHA-256 in hex -> bytes; empty ones are none
---@field patient boolean? nobody waits for it: it may wait 10 ms for company

---Hand over an item; mistakes in it raise. It is applied in the order fence, guards, blobs, events
---with their projections, writes. `fn(ack)`: ack.seq and ack.n of the first event. `fn(nil, err)`:
---"guard" (err.guard names it, or is "fence"), "duplicate" (err.seq has the command already),
---"conflict" (a constraint of a table), or what the disk said.
---@param item neap.StoreItem
---@param fn fun(ack: { seq: integer?, n: integer? }?, err: table?)?
---@return true? ok, table? err
function s:commit(item, fn) end

---Patient items go to the disk now.
function s:flush() end

---All rows of one statement that only reads. Parameters by name, or by position for `?`.
---@param sql string
---@param params table?
---@return table[]? rows, table? err
function s:query(sql, params) end

---Events in order, their data decoded, without their hashes.
---@param options { run: string?, after: integer?, limit: integer? }? after: seq
---@return table[]? events, table? err
function s:events(options) end

---The bytes of a blob, verified.
---@param hash string
---@return string? bytes, table? err "not_found", "corrupt"
function s:blob(hash) end

---Become an owner: a row, and a kernel lock that lives as long as this process. The same id every
---time.
---@return integer? id, table? err
function s:own() end

---Is the process of that owner alive? The kernel's answer.
---@param owner integer
---@return boolean
function s:alive(owner) end

---Call `fn` from the loop after some process, this one too, has committed. Several may listen,
---until the store is closed.
---@param fn fun()
---@return true? ok, table? err
function s:on_wake(fn) end

---Empty the projections and play every event into them. Blocks.
---@return true? ok, table? err
function s:rebuild() end

---Look at every event, page and blob, and whether the projections are what the events make of them.
---Blocks. err has stream, n and seq when an event is the first thing that is not what was written.
---@return { events: integer, streams: integer, blobs: integer }? seen, table? err
function s:verify() end

---Make a copy in a directory where there is no store yet. Blocks.
---@param path string
---@return true? ok, table? err
function s:backup(path) end

---Take no more items, finish those under way, then call `fn`.
---@param fn fun()?
---@return true? ok, table? err
function s:close(fn) end

---The directory; nil in memory.
---@return string?
function s:path() end

---In memory only: the machine stops and starts again. The new store has what was committed, and
---is still to be defined; this one is closed, its callbacks never come, its owner is dead.
---@param loop table? the new store's; the same if absent
---@return neap.Store? store, table? err
function s:restart(loop) end

---In memory only: let a commit fail, `landed` or not, after `after` more groups.
---@param options { after: integer?, code: "io"|"no_space"|"read_only"|"busy"|nil, landed: boolean? }?
function s:fail(options) end

return store, { ["neap.store"] = s }
