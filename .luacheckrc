std = "luajit"
max_line_length = 100
ignore = { "212/self" }
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/conformance/*.lua"] = { std = "+busted" }
files["spec/support/busted.lua"] = { globals = { "arg" } }
files["runtime/bind/meta/*.lua"] = { ignore = { "212", "241", "631" } }
-- Transcripts are as wide as what they show; a clean-up and a branch have a w of their own.
files["spec/cli/*.lua"] = { max_string_line_length = false }
files["examples/*.lua"] = { max_comment_line_length = false, ignore = { "212/self", "43./w" } }
exclude_files = { "build" }
