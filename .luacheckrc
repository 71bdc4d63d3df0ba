std = "luajit"
max_line_length = 100
ignore = { "212/self" }
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/conformance/*.lua"] = { std = "+busted" }
files["spec/support/busted.lua"] = { globals = { "arg" } }
files["runtime/bind/meta/*.lua"] = { ignore = { "212", "241", "631" } }
files["examples/**/*.lua"] = { std = "luajit" }
exclude_files = { "build" }
