-- One task, many nodes: their names, their values, what is replaced and how it is quoted.
local load = require "spec.support.load"
local matrix = require "neap.graph.matrix"
local node = require "neap.graph.node"

describe("a matrix", function()
  it("makes a node of each combination, in an order that is always the same", function()
    local graph = load.graph(function(task)
      task "e2e" { "x", matrix = { shard = { 2, 1 }, os = { "linux", "mac" } } }
    end)
    assert.same({ "e2e[os=linux,shard=2]", "e2e[os=linux,shard=1]", "e2e[os=mac,shard=2]",
      "e2e[os=mac,shard=1]" }, graph.names)
    assert.same({ os = "mac", shard = 1 }, graph.values[4])
  end)

  it("is replaced in argv, env and cwd as it is, in sh quoted, and other braces stay", function()
    local graph = load.graph(function(task)
      task "a" { "run", "{x}:{y}", "{z}", matrix = { x = { "it's" }, y = { 3 } },
        env = { X = "{x}" }, cwd = "d/{y}" }
      task "b" { sh = "echo {x} {y} {z} ${HOME}", matrix = { x = { "it's" }, y = { 3 } } }
    end)
    local a, b = node.spec(graph, 1), node.spec(graph, 2)
    assert.same({ "run", "it's:3", "{z}" }, a.argv)
    assert.same({ "it's", "d/3" }, { a.env.X, a.cwd })
    assert.equal([[echo 'it'\''s' 3 {z} ${HOME}]], b.argv[3])
    assert.equal(a.argv, a.args)
  end)

  it("leaves the braces of a task without a matrix alone", function()
    local graph = load.graph(function(task)
      task "a" { "find", "-exec", "ls", "{}", "{shard}" }
    end)
    assert.same({ "find", "-exec", "ls", "{}", "{shard}" }, node.spec(graph, 1).argv)
  end)

  it("is needed as a whole or by one node", function()
    local graph = load.graph(function(task)
      task "e2e" { "x", matrix = { shard = { 1, 2, 3 } } }
      task "all" { "x", needs = "e2e" }
      task "one" { "x", needs = "e2e[shard=2]" }
    end)
    local function needs(id)
      local list = {}
      graph:each_need(id, function(on)
        list[#list + 1] = on
      end)
      return list
    end
    assert.same({ 1, 2, 3 }, needs(4))
    assert.same({ 2 }, needs(5))
  end)

  it("escapes in a name what means something there", function()
    local nodes = matrix.expand { os = { "linux/amd64", "a=b,c]" } }
    assert.equal("[os=linux%2Famd64]", nodes[1].suffix)
    assert.equal("[os=a%3Db%2Cc%5D]", nodes[2].suffix)
    assert.equal("linux/amd64", nodes[1].values.os)
  end)
end)
