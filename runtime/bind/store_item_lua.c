/* SPDX-License-Identifier: MIT
 *
 * store_item_lua: a Lua table as an item of a commit. See store_lua.h. */
#include "bind/json_lua.h"
#include "bind/opts.h"
#include "bind/store_lua.h"

static int no_memory(lua_State *L)
{
    return luaL_error(L, "commit: out of memory");
}

static void *need(lua_State *L, const void *memory)
{
    if (memory == NULL)
        no_memory(L);
    return (void *)memory;
}

/* --- guards and writes ---------------------------------------------------- */

/* One parameter: key at -2, value at -1. */
static void read_parameter(lua_State *L, const neap_registry *registry,
                           neap_item *item, neap_item_call *call)
{
    const char *name = neap_registry_name(registry, call->statement);
    neap_value value;
    int at = -1;
    if (lua_type(L, -2) == LUA_TSTRING)
        at = neap_registry_parameter(registry, call->statement,
                                     lua_tostring(L, -2));
    if (at < 0) {
        lua_pushvalue(L, -2);
        luaL_error(L, "commit: statement \"%s\" has no parameter \"%s\"", name,
                   lua_tostring(L, -1));
    }
    if (!neap_store_value(L, -1, &value))
        luaL_error(L,
                   "commit: statement \"%s\", parameter \"%s\": expected a "
                   "string, a number, a boolean or null, got %s",
                   name, lua_tostring(L, -2), luaL_typename(L, -1));
    if (value.type == NEAP_VALUE_TEXT)
        value.bytes = need(L, neap_item_copy(item, value.bytes, value.len));
    call->value[at] = value;
}

/* { "statement", { parameter = value } } on top of the stack. */
static void read_call(lua_State *L, const neap_registry *registry,
                      neap_item *item, const char *what,
                      neap_item_call *(*add)(neap_item *, int, int))
{
    neap_item_call *call;
    const char *name;
    int statement;
    if (!lua_istable(L, -1))
        luaL_error(L, "commit: %s is { name, parameters }", what);
    lua_rawgeti(L, -1, 1);
    name = lua_tostring(L, -1);
    if (name == NULL)
        luaL_error(L, "commit: %s is { name, parameters }", what);
    statement = neap_registry_statement(registry, name);
    if (statement < 0)
        luaL_error(L, "commit: no statement \"%s\" is defined", name);
    call = need(
        L, add(item, statement, neap_registry_parameters(registry, statement)));
    lua_rawgeti(L, -2, 2);
    if (lua_istable(L, -1)) {
        lua_pushnil(L);
        while (lua_next(L, -2) != 0) {
            read_parameter(L, registry, item, call);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 2);
}

static void read_calls(lua_State *L, const neap_opts *opts, const char *key,
                       const char *what, const neap_registry *registry,
                       neap_item *item,
                       neap_item_call *(*add)(neap_item *, int, int))
{
    if (neap_opts_push(opts, key, LUA_TTABLE)) {
        int count = (int)lua_objlen(L, -1);
        for (int i = 1; i <= count; i++) {
            lua_rawgeti(L, -1, i);
            read_call(L, registry, item, what, add);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* --- events --------------------------------------------------------------- */

static neap_value text_option(const neap_opts *opts, const char *key,
                              neap_item *item)
{
    size_t len;
    const char *text = neap_opts_string(opts, key, NULL, &len);
    if (text == NULL)
        return neap_value_null();
    return neap_value_text(need(opts->L, neap_item_copy(item, text, len)), len);
}

static neap_value integer_option(const neap_opts *opts, const char *key)
{
    double number = neap_opts_range(opts, key, -1, -1, 0x1p53);
    return number < 0 ? neap_value_null() : neap_value_integer((int64_t)number);
}

/* The canonical JSON of opts.data; {} when there is none. */
static neap_value read_data(lua_State *L, const neap_opts *opts,
                            neap_item *item)
{
    neap_json_codec *codec;
    neap_err err = NEAP_ERR_INIT;
    const char *text = NULL;
    size_t len = 0;
    int rc, top = lua_gettop(L);
    if (!neap_opts_push(opts, "data", LUA_TNONE)) {
        lua_settop(L, top);
        return neap_value_string("{}");
    }
    codec = neap_json_codec_take(L);
    rc = neap_json_encode(L, codec, top + 1, "data", NEAP_JSON_OUTER,
                          &codec->out, &err);
    if (rc == 0) {
        len = codec->out.len;
        text = neap_item_copy(item, codec->out.bytes, len);
    }
    neap_json_codec_give(codec);
    if (rc < 0)
        luaL_error(L, "%s.%s", opts->path, err.message);
    lua_settop(L, top);
    return neap_value_text(need(L, text), len);
}

/* An event's table is on top of the stack. */
static void read_event(lua_State *L, const neap_registry *registry,
                       neap_item *item, int number)
{
    static const char *const known[] = {"type",    "version", "step",
                                        "attempt", "actor",   "cause",
                                        "command", "data",    NULL};
    const char *path = lua_pushfstring(L, "item.events[%d]", number);
    neap_opts opts = neap_opts_open(L, -2, path, known);
    neap_event *event = need(L, neap_item_add_event(item));
    neap_value *field = event->field;
    field[NEAP_EVENT_TYPE] = text_option(&opts, "type", item);
    if (field[NEAP_EVENT_TYPE].type == NEAP_VALUE_NULL)
        luaL_error(L, "%s.type: expected a string, got nil", path);
    event->projection =
        neap_registry_projection(registry, field[NEAP_EVENT_TYPE].bytes);
    field[NEAP_EVENT_VERSION] = neap_value_integer(
        (int64_t)neap_opts_range(&opts, "version", 1, 1, 1e6));
    field[NEAP_EVENT_STEP] = text_option(&opts, "step", item);
    field[NEAP_EVENT_ATTEMPT] = integer_option(&opts, "attempt");
    field[NEAP_EVENT_ACTOR] = text_option(&opts, "actor", item);
    field[NEAP_EVENT_CAUSE] = integer_option(&opts, "cause");
    field[NEAP_EVENT_COMMAND] = text_option(&opts, "command", item);
    field[NEAP_EVENT_DATA] = read_data(L, &opts, item);
    lua_pop(L, 1);
}

static void read_events(lua_State *L, const neap_opts *opts,
                        const neap_registry *registry, neap_item *item)
{
    if (neap_opts_push(opts, "events", LUA_TTABLE)) {
        int count = (int)lua_objlen(L, -1);
        for (int i = 1; i <= count; i++) {
            lua_rawgeti(L, -1, i);
            read_event(L, registry, item, i);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* blobs = { [hash] = bytes }; an empty one is none. */
static void read_blobs(lua_State *L, const neap_opts *opts, neap_item *item)
{
    if (neap_opts_push(opts, "blobs", LUA_TTABLE)) {
        lua_pushnil(L);
        while (lua_next(L, -2) != 0) {
            size_t hash_len = 0, len = 0;
            const char *bytes = lua_tolstring(L, -1, &len);
            const char *hash = lua_type(L, -2) == LUA_TSTRING
                                   ? lua_tolstring(L, -2, &hash_len)
                                   : NULL;
            if (hash_len != 64 || bytes == NULL)
                luaL_error(L, "item.blobs: expected bytes by their SHA-256");
            if (len > 0)
                need(L, neap_item_add_blob(item, hash, bytes, len));
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* --- the item --------------------------------------------------------------
 */

neap_item *neap_store_read_item(lua_State *L, neap_store *store)
{
    static const char *const known[] = {"run",    "fence",   "at",
                                        "guards", "writes",  "events",
                                        "blobs",  "patient", NULL};
    const neap_registry *registry = neap_store_registry(store);
    neap_opts opts = neap_opts_open(L, 2, "item", known);
    neap_store_draft *draft = neap_store_host(store);
    size_t len;
    const char *run = neap_opts_string(&opts, "run", NULL, &len);
    neap_item *item;
    if (run == NULL)
        luaL_error(L, "item.run: expected a string, got nil");
    neap_item_free(draft->item);
    draft->item = item = need(L, neap_item_new(run, len, NULL));
    item->fence = (int64_t)neap_opts_range(&opts, "fence", NEAP_ITEM_NO_FENCE,
                                           NEAP_ITEM_NO_FENCE, 0x1p53);
    item->at = (int64_t)neap_opts_number(
        &opts, "at",
        (double)(neap_loop_wall(neap_store_loop(store)) / NEAP_MILLISECOND));
    item->patient = neap_opts_bool(&opts, "patient", false);
    read_calls(L, &opts, "guards", "a guard", registry, item,
               neap_item_add_guard);
    read_calls(L, &opts, "writes", "a write", registry, item,
               neap_item_add_write);
    read_events(L, &opts, registry, item);
    read_blobs(L, &opts, item);
    return item;
}
