local guard = require "spec.support.guard"
local native = require "neap.native"
local conformance = require "spec.conformance.process"

local count = 0
local world = {
  loop = native.sim.new,
  program = function(loop, behaviour)
    count = count + 1
    local name = "program" .. count
    loop:script("^" .. name .. "$", behaviour)
    return { name }
  end,
}

describe("a simulated process", function()
  guard.watch(before_each, after_each)
  conformance(world, getfenv())

  it("does what the first script that fits says", function()
    local loop, codes = guard.loop(native.sim.new()), {}
    loop:script("^git push", { code = 1 })
    loop:script(function(argv, opts)
      return argv[1] == "git" and opts.cwd == "/there"
    end, { code = 2 })
    loop:script("", function(opts)
      return { code = #opts.argv }
    end)
    for _, argv in ipairs { { "git", "push" }, { "git", "status" }, { "a", "b", "c", "d" } } do
      loop:spawn({ argv = argv, cwd = "/there" }, guard.once(function(_, facts)
        codes[#codes + 1] = facts.code
      end))
    end
    loop:run()
    assert.same({ 1, 2, 4 }, codes)
    assert.same({ { "git", "push" }, { "git", "status" }, { "a", "b", "c", "d" } }, loop:spawned())
  end)

  it("that waits for ever lets the loop end, and can be ended", function()
    local loop = guard.loop(native.sim.new())
    loop:script("^hang", { after = math.huge })
    local process = loop:spawn({ argv = { "hang" } }, guard.once())
    assert.is_false(loop:run())
    assert.equal(1, loop:pending())
    process:stop "enough"
    loop:run()
  end)

  it("refuses a behaviour it cannot follow", function()
    local loop = guard.loop(native.sim.new())
    loop:script("^a", { exit = 1 })
    loop:script("^b", { lines = { { 2, "x" }, { 1, "y" } } })
    for _, name in ipairs { "a", "b" } do
      assert.error_matches(function()
        loop:spawn({ argv = { name } }, guard.never())
      end, "behaviour")
    end
  end)
end)
