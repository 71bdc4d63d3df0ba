-- neap.breaker: a circuit breaker in memory, alone: `require "neap.breaker" { … }`.
return require("neap.native").breaker.new
