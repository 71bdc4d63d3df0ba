---@meta neap.native.git
-- native.git: git's objects, refs and working trees through libgit2, opened at first use.
-- Each call is one job on a worker thread (at once in a simulated world) and is answered from
-- the loop. The git program's own work (checkout with hooks, LFS, sparse) is not done here.
--
-- Failures: nil, err with err.code
--   "not_found"  no repository, tree, revision or branch of that name; or no git support installed
--   "conflict"   a ref is not what was expected; a branch is checked out
--   "exists"     a branch of that name is there
--   "busy"       another program held a lock for longer than a second
--   "read_only"  a read-only disk, or the repository of another user (the message says what to do)
--   "no_space"   the disk is full
--   "invalid"    a bare repository where a working tree is needed, or a malformed name

---@class native.git
local git = {}

---@class (exact) neap.GitOpenOpts
---@field path string anywhere inside the repository

---@class neap.GitOpenResult
---@field root? string the working tree's root; nil when bare
---@field git_dir string
---@field common_dir string shared by all its working trees
---@field bare boolean
---@field needs_program boolean filters, a sparse tree or a partial clone: let git stage and check out
---@field state "branch"|"detached"|"unborn" what HEAD is
---@field head_branch? string nil when detached
---@field head? string nil when unborn

---@class (exact) neap.GitResolveOpts
---@field repo string
---@field rev string

---@class neap.GitResolveResult
---@field oid string the commit
---@field tree string

---@class (exact) neap.GitStatusOpts
---@field path string the root of a working tree, exactly

---@class neap.GitStatusResult
---@field clean boolean
---@field entries { path: string, status: "modified"|"added"|"deleted"|"untracked"|"typechange"|"conflicted" }[]

---@class (exact) neap.GitCommitOpts
---@field path string the root of a working tree, exactly
---@field message string
---@field author_name? string default: the configured identity, else neap
---@field author_email? string default: the configured identity, else neap@localhost
---@field all? boolean default true: everything that is not ignored; false: what is staged

---@class neap.GitCommitResult
---@field oid string HEAD afterwards
---@field tree string
---@field changed boolean false: there was nothing to commit

---@class (exact) neap.GitIndexTreeOpts
---@field repo string
---@field file string an index, or what may become one: index.lock

---@class neap.GitIndexTreeResult
---@field whole boolean false: it is no index, or one that was not written to its end
---@field tree? string nil when it has conflicts too

---@class (exact) neap.GitMergeTreesOpts
---@field repo string
---@field ours string
---@field theirs string
---@field base? string default: the merge base, or several of them as git does

---@class neap.GitMergeTreesResult
---@field tree? string nil when there are conflicts
---@field conflicts? string[] paths
---@field base? string nil when the histories have nothing in common

---@class (exact) neap.GitCommitTreeOpts
---@field repo string
---@field tree string a tree, or a revision whose tree it is
---@field message string
---@field parents? string[]
---@field author_name? string
---@field author_email? string

---@class (exact) neap.GitUpdateRefOpts
---@field repo string
---@field ref string the whole name: refs/heads/main
---@field to string "" = delete it
---@field expect string the commit it must be at now; "" = it must not exist
---@field message? string for the reflog

---@class (exact) neap.GitBranchOpts
---@field repo string
---@field name string
---@field at? string default HEAD
---@field force? boolean move it when it exists

---@class (exact) neap.GitDeleteBranchOpts
---@field repo string
---@field name string

---@class (exact) neap.GitResetHardOpts
---@field path string the root of a working tree, exactly; nobody may be working in it
---@field to string
---@field branch? string put HEAD back on this branch, and the branch at `to`
---@field clean? boolean default true: remove what is untracked; what is ignored stays

---@class (exact) neap.GitDiffOpts
---@field repo string
---@field from string
---@field to string

---@class neap.GitDiffResult
---@field patch string
---@field files { path: string, from?: string, status: string, added: integer, removed: integer }[]

---@class (exact) neap.GitWorktreesOpts
---@field repo string

---@class neap.GitWorktree
---@field name? string nil for the main one
---@field main? true
---@field path? string nil when it is half made
---@field branch? string nil when detached
---@field head? string
---@field valid boolean its folder is there
---@field ready boolean its checkout came to an end
---@field locked boolean

---@class (exact) neap.GitExcludeOpts
---@field repo string
---@field pattern string a line of info/exclude

--- Asks for one verb; `fn(result)` or `fn(nil, err)` comes later from the loop.
--- Raises on an unknown verb or option, a missing one, or one of a wrong type.
---@param loop neap.Loop
---@param verb "open"|"resolve"|"status"|"commit"|"index_tree"|"merge_trees"|"commit_tree"|"update_ref"|"branch"|"delete_branch"|"reset_hard"|"diff"|"worktrees"|"exclude"
---@param opts table
---@param fn fun(result?: table, err?: neap.Err)
function git.call(loop, verb, opts, fn) end

return git
