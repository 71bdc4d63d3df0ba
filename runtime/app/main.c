/* SPDX-License-Identifier: MIT
 *
 * main: the `neap` program. Owns the Lua state and the exit code; everything
 * else is Lua: neap.cli.main(arg) returns the exit code. */
#include "app/embed.h"

#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef NEAP_HAVE_CJSON
int luaopen_cjson(lua_State *L);
#endif

enum { UNWRITTEN = 7 }; /* as a store that cannot be had: neap.cli.exit */

static int traceback(lua_State *L)
{
    const char *message = lua_tostring(L, 1);
    luaL_traceback(L, L, message != NULL ? message : "(no message)", 1);
    return 1;
}

static void push_arg(lua_State *L, int argc, char **argv)
{
    lua_createtable(L, argc, 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
}

/* A neap without its own bugs never shows this traceback. */
static int run(lua_State *L, int argc, char **argv)
{
    int code = 70;
    lua_pushcfunction(L, traceback);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "neap.cli.main");
    if (lua_pcall(L, 1, 1, 1) != 0)
        goto bug;
    push_arg(L, argc, argv);
    if (lua_pcall(L, 1, 1, 1) != 0)
        goto bug;
    code = (int)lua_tointeger(L, -1);
    goto out;
bug:
    fprintf(stderr, "neap: internal error, please report it\n%s\n",
            lua_tostring(L, -1));
out:
    lua_settop(L, 0);
    return code;
}

/* A program may be started without standard descriptors; the next file to be
 * opened must not take their place. */
static void open_stdio(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd < 3);
    if (fd >= 0)
        close(fd);
}

/* The exit code, when what was printed did not arrive. A reader that has left
 * (`neap events RUN | head`) had what it wanted. */
static int printed(int code)
{
    struct stat out;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (fstat(STDOUT_FILENO, &out) == 0 &&
        (S_ISFIFO(out.st_mode) || S_ISSOCK(out.st_mode)))
        return code;
    fputs("error: what was printed could not be written\n", stderr);
    return code != 0 ? code : UNWRITTEN;
}

int main(int argc, char **argv)
{
    int code;
    lua_State *L = luaL_newstate();
    if (L == NULL) {
        fputs("neap: out of memory\n", stderr);
        return 70;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored, it would reap our children */
    open_stdio();
    luaL_openlibs(L);
    neap_embed_install(L);
#ifdef NEAP_HAVE_CJSON
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_cjson);
    lua_setfield(L, -2, "cjson");
    lua_pop(L, 2);
#endif
    code = run(L, argc, argv);
    code = printed(code);
    lua_close(L);
    return code;
}
