-- neap.backoff: how long to wait before the next attempt, alone: `require "neap.backoff" { … }`.
return require("neap.native").backoff.new
