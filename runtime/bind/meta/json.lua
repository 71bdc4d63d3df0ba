---@meta neap.native.json
-- Lua values as canonical JSON text and back: the codec of the journal.
--
-- One value has one text: keys sorted by bytes, no white space, whole numbers up to 2^53 in full,
-- other numbers with the fewest digits (at most 17) that read back as the same number, strings as
-- valid UTF-8. A table with the keys 1..n is an array; an empty one is an object unless marked by
-- `array`. No metamethod is called. Limits: tables 200 deep, 256 MiB of text; one that is read, or
-- written with `outer`, may be 216 deep.

---@class neap.native.json
local json = {}

---What JSON's null is in Lua: lightuserdata NULL, the same as `cjson.null`.
---@type lightuserdata
json.null = 0

---@class (exact) neap.native.json.EncodeOpts
---@field outer? boolean  the text is a record around values, each of which may be 200 deep
---@field pretty? boolean  two spaces of indentation, a line for each member

---The text of `value`. Refused, with the path in the message ("value.a[3].b: …"): nil, NaN and
---infinity, functions, userdata and coroutines, cycles, holes in arrays, names and positions mixed,
---strings that are not UTF-8, a string alone under the key "$bytes".
---@param value any
---@param opts? neap.native.json.EncodeOpts
---@return string? text
---@return neap.Err? err  "invalid" or "limit"
function json.encode(value, opts) end

---The value of `text`, which may be any JSON (RFC 8259); of equal keys the last counts. `[]` comes
---back marked, null as `json.null`, marked bytes as their string.
---@param text string
---@return any value  nil only on failure
---@return neap.Err? err  "invalid" or "limit", with `offset`: bytes before the trouble
function json.decode(text) end

---What `value` would be after it was recorded and read again; refuses what `encode` refuses.
---@param value any
---@return any copy  nil only on failure
---@return neap.Err? err
function json.copy(value) end

---Whether both have the same text; nil, err when one has none.
---@param a any
---@param b any
---@return boolean?
---@return neap.Err? err
function json.equal(a, b) end

---Mark `t` (or a new table) as an array, so that it is `[]` when it is empty; returns it.
---@generic T: table
---@param t? T
---@return T
function json.array(t) end

---A value that stands for any bytes: encodes as {"$bytes":"base64"}, decodes as the string itself.
---@param s string
---@return userdata|table
function json.bytes(s) end

return json
