---@meta neap.native.dag
-- native.dag: which node of a graph may start now? Build it, start it, then pop a ready node, say
-- how it ended, and pop again. Nodes are 1, 2, 3, … in the order they were added. Misuse (no such
-- node, a node that ended before) raises.
--
-- A need says what happens when the needed node fails or is skipped: "hard" skips the dependent,
-- "soft" and "skip" let it run (what it then sees is the caller's business). Of the ready nodes
-- the one of highest priority is first, then the one with the longest path to the end, then the
-- oldest. `start` may be called again for what was added since.

---@class native.dag
local dag = {}

---An empty graph.
---@return neap.Dag
function dag.new() end

---The graph of nodes 1 to `count`, all at once.
---@param count number
---@param priorities table<number, number> by node, 0 where absent
---@param needs any[] flat: a node, the node it needs, the mode, and so on
---@return neap.Dag
function dag.of(count, priorities, needs) end

---@class neap.Dag
local d = {}

---A new node.
---@param priority? number higher is first; 0 if absent
---@return number id
function d:add(priority) end

---Node `id`, not yet started, waits for node `on`.
---@param id number
---@param on number
---@param mode? "hard"|"soft"|"skip" "hard" if absent
function d:need(id, on, mode) end

---How long a node takes, for the critical path; 1 s if nobody says.
---@param id number
---@param seconds number
function d:weigh(id, seconds) end

---Is what was added free of cycles? If not, nil and one cycle: each node needs the next, the last
---needs the first.
---@return true? ok
---@return number[]? cycle
function d:check() end

---Check, and let what was added join the plan; with a cycle it is taken back as a whole.
---@return true? ok
---@return number[]? cycle
function d:start() end

---The next ready node, which now counts as running; nil when none is ready.
---@return number? id
function d:pop() end

---A popped node did not start after all: it is ready again.
---@param id number
function d:unpop(id) end

---A node ended. One that never ran may end too: its end is known from elsewhere.
---@param id number
---@param as "completed"|"failed"|"skipped"
function d:done(id, as) end

---The next node that was skipped because of its needs, each told once, in order; and the node
---whose own end was the cause. nil when there is none.
---@return number? id
---@return number? cause
function d:skipped() end

---@class neap.DagCountsResult
---@field total number
---@field waiting number
---@field ready number
---@field running number
---@field completed number
---@field failed number
---@field skipped number

---@return neap.DagCountsResult
function d:counts() end

---@param id number
---@return "waiting"|"ready"|"running"|"completed"|"failed"|"skipped"
function d:state(id) end

---Has every node ended?
---@return boolean
function d:finished() end

---The longest chain by weight, first node first, and its length.
---@return number[] ids
---@return number seconds
function d:critical_path() end

---All nodes, each after what it needs.
---@return number[] ids
function d:order() end

return dag
