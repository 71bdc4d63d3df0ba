-- `require "neap.retry"`: the retry policies, under the name scripts use.
return require "neap.policy.retry"
