/* SPDX-License-Identifier: MIT
 *
 * notice_lua: see notice_lua.h. */
#include "bind/notice_lua.h"

#include "bind/box.h"
#include "bind/call.h"
#include "bind/loop_lua.h"
#include "bind/push.h"
#include "io/notice.h"

#include <signal.h>
#include <stdlib.h>

#define TYPE "neap.notice"

int neap_signal_at(lua_State *L, int arg)
{
    static const char *const names[] = {"int", "term", "hup", "winch", NULL};
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
    return numbers[luaL_checkoption(L, arg, NULL, names)];
}

static void on_notice(void *ud)
{
    neap_notice *notice = ud;
    lua_State *L = neap_loop_state(notice->handle.loop);
    if (neap_loop_callback(L, notice->handle.loop, notice, "fn"))
        neap_call(L, 0);
}

/* Push a box with a new notice; the function is at 3. */
static neap_notice *push_new(lua_State *L)
{
    neap_notice *notice = calloc(1, sizeof *notice);
    if (notice == NULL)
        luaL_error(L, "out of memory");
    neap_box_push(L, TYPE, notice);
    neap_box_set_callback(L, lua_gettop(L), "fn", 3);
    return notice;
}

static int finish(lua_State *L, neap_loop *loop, neap_notice *notice, int rc,
                  const neap_err *err)
{
    if (rc != 0)
        return neap_push_fail(L, err);
    neap_loop_keep(L, loop, notice);
    return 1;
}

int neap_loop_signal_lua(lua_State *L)
{
    neap_loop *loop = neap_loop_at(L, 1);
    int signal = neap_signal_at(L, 2);
    neap_err err = NEAP_ERR_INIT;
    neap_notice *notice;
    luaL_checktype(L, 3, LUA_TFUNCTION);
    notice = push_new(L);
    return finish(
        L, loop, notice,
        neap_notice_signal(notice, loop, signal, on_notice, notice, &err),
        &err);
}

int neap_loop_ignores_lua(lua_State *L)
{
    struct sigaction action;
    sigaction(neap_signal_at(L, 1), NULL, &action);
    lua_pushboolean(L, action.sa_handler == SIG_IGN);
    return 1;
}

int neap_loop_watch_lua(lua_State *L)
{
    neap_loop *loop = neap_loop_at(L, 1);
    const char *path = luaL_checkstring(L, 2);
    neap_err err = NEAP_ERR_INIT;
    neap_notice *notice;
    luaL_checktype(L, 3, LUA_TFUNCTION);
    notice = push_new(L);
    return finish(L, loop, notice,
                  neap_notice_path(notice, loop, path, on_notice, notice, &err),
                  &err);
}

/* notice:insist(nth, seconds, words) */
static int notice_insist(lua_State *L)
{
    neap_notice *notice = neap_box_check(L, 1, TYPE);
    int nth = luaL_checkint(L, 2), seconds = luaL_checkint(L, 3);
    const char *words = luaL_checkstring(L, 4);
    luaL_argcheck(L, notice->signal != 0, 1, "the notice of a signal expected");
    luaL_argcheck(L, !notice->insists, 1, "it insists already");
    luaL_argcheck(L, nth > 0, 2, "1 or more expected");
    luaL_argcheck(L, seconds > 0, 3, "1 or more expected");
    if (neap_notice_active(notice))
        neap_notice_insist(notice, nth - 1, (unsigned)seconds, words);
    return 0;
}

static int notice_stop(lua_State *L)
{
    neap_notice *notice = neap_box_check(L, 1, TYPE);
    neap_loop *loop = notice->handle.loop;
    if (loop == NULL)
        return 0;
    neap_notice_stop(notice);
    neap_loop_drop(L, loop, notice);
    return 0;
}

static int notice_gc(lua_State *L)
{
    neap_box *box = lua_touserdata(L, 1);
    neap_notice *notice = box->object;
    box->object = NULL;
    if (notice == NULL)
        return 0;
    neap_notice_stop(notice);
    free(notice);
    return 0;
}

static const luaL_Reg methods[] = {
    {"insist", notice_insist},
    {"stop", notice_stop},
    {NULL, NULL},
};

void neap_notice_type_lua(lua_State *L)
{
    neap_box_type(L, TYPE, methods, notice_gc);
}
