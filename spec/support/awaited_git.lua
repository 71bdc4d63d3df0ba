-- native.git as a function to call inside await.run: git(verb, opts) -> result | nil, err.
local await = require "spec.support.await"
local native = require "neap.native"

return function(loop)
  return function(verb, opts)
    return await.await(function(done)
      native.git.call(loop, verb, opts, done)
    end)
  end
end
