-- Runs busted inside neap: `neap lua spec/support/busted.lua FILE…`.
-- NEAP_GC=aggressive collects all the time; NEAP_WITHOUT=process leaves out the specs so tagged.
-- Owns nothing; hands the files to busted's own runner under our LuaJIT.
if os.getenv("NEAP_GC") == "aggressive" then
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", 1000)
end
package.path = "./?.lua;" .. package.path
if #arg == 0 then
  arg[1] = "spec"
end
table.insert(arg, 1, "--ignore-lua")
table.insert(arg, 2, "--pattern=_spec")
if os.getenv("NEAP_WITHOUT") then
  table.insert(arg, 3, "--exclude-tags=" .. os.getenv("NEAP_WITHOUT"))
end
require("busted.runner")({ standalone = false })
