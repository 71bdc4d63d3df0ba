/* SPDX-License-Identifier: MIT
 *
 * behaviour: see behaviour.h. */
#include "bind/behaviour.h"

#include "bind/opts.h"

#include <lauxlib.h>
#include <math.h>

/* The lines on top of the stack, { at, text, stream } each; their array is
 * left in a userdata above them. */
static void read_lines(lua_State *L, neap_sim_behaviour *out)
{
    int lines = lua_gettop(L), n = (int)lua_objlen(L, lines);
    neap_sim_line *line = lua_newuserdata(L, (size_t)(n + 1) * sizeof *line);
    int64_t last = 0;
    out->lines = line;
    out->line_count = (size_t)n;
    for (int i = 1; i <= n; i++, line++) {
        lua_rawgeti(L, lines, i);
        if (!lua_istable(L, -1))
            luaL_error(L, "behaviour.lines[%d]: expected a table", i);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        lua_rawgeti(L, -3, 3);
        line->at = neap_duration_of(lua_tonumber(L, -3));
        line->text = lua_tolstring(L, -2, &line->len);
        line->stream = lua_tointeger(L, -1) == 2 ? 2 : 1;
        if (line->text == NULL || line->at < last)
            luaL_error(L,
                       "behaviour.lines[%d]: expected { at, text, stream },"
                       " in rising order of time",
                       i);
        last = line->at;
        lua_pop(L, 4);
    }
}

void neap_behaviour_read(lua_State *L, neap_sim_behaviour *out)
{
    static const char *const known[] = {"after",  "code",   "ignores_term",
                                        "lines",  "signal", "stderr",
                                        "stdout", NULL};
    neap_opts o = neap_opts_open(L, lua_gettop(L), "behaviour", known);
    bool has_lines = neap_opts_push(&o, "lines", LUA_TTABLE);
    if (has_lines)
        read_lines(L, out);
    out->out = neap_opts_string(&o, "stdout", "", &out->out_len);
    out->err = neap_opts_string(&o, "stderr", "", &out->err_len);
    out->after = neap_duration_of(
        neap_opts_range(&o, "after", has_lines ? -1 : 0, -1, HUGE_VAL));
    out->code = (int)neap_opts_range(&o, "code", 0, 0, 255);
    out->signal = (int)neap_opts_range(&o, "signal", 0, 0, 64);
    out->ignores_term = neap_opts_bool(&o, "ignores_term", false);
}
