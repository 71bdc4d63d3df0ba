/* SPDX-License-Identifier: MIT
 *
 * sys_lua: see sys_lua.h; here are processes, this machine, bytes. */
#include "bind/sys_lua.h"

#include "base/clock.h"
#include "bind/native.h"
#include "bind/push.h"
#include "io/hash.h"
#include "io/sweep.h"

#include <dlfcn.h>
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

static int push_errno(lua_State *L, const char *what)
{
    neap_err err = NEAP_ERR_INIT;
    neap_err_sys(&err, errno, "cannot %s", what);
    return neap_push_fail(L, &err);
}

/* --- processes ------------------------------------------------------------ */

static int sys_pid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

static int sys_start_time(lua_State *L)
{
    char start_time[32];
    if (neap_sweep_start_time(luaL_checkint(L, 1), start_time))
        lua_pushstring(L, start_time);
    else
        lua_pushnil(L);
    return 1;
}

static int sys_alive(lua_State *L)
{
    lua_pushboolean(L, neap_sweep_alive(luaL_checkint(L, 1),
                                        luaL_checkstring(L, 2),
                                        luaL_checkstring(L, 3)));
    return 1;
}

static int sys_sweep(lua_State *L)
{
    size_t len;
    const char *mark = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len > 0, 1, "a mark expected, got \"\"");
    lua_pushinteger(L, neap_sweep_mark(mark, luaL_checkint(L, 2), 0));
    return 1;
}

static int sys_kill_group(lua_State *L)
{
    int pid = luaL_checkint(L, 1), number = luaL_checkint(L, 2);
    luaL_argcheck(L, pid > 1, 1, "the pid of a group's leader expected");
    if (kill(-pid, number) != 0)
        return push_errno(L, "signal the process group");
    lua_pushboolean(L, 1);
    return 1;
}

/* holder(path, folder…) */
static int sys_holder(lua_State *L)
{
    const char *folders[8];
    int count = lua_gettop(L) - 1;
    pid_t pid;
    luaL_argcheck(L, count < 8, 9, "at most 7 folders");
    for (int i = 0; i < count; i++)
        folders[i] = luaL_checkstring(L, i + 2);
    folders[count < 0 ? 0 : count] = NULL;
    pid = neap_sweep_holder(luaL_checkstring(L, 1), folders);
    if (pid == 0)
        return 0;
    lua_pushinteger(L, pid);
    return 1;
}

/* --- this machine --------------------------------------------------------- */

static int sys_boot_id(lua_State *L)
{
    char id[40];
    if (!neap_sweep_boot_id(id))
        return push_errno(L, "read the id of this boot");
    lua_pushstring(L, id);
    return 1;
}

static int sys_hostname(lua_State *L)
{
    char name[HOST_NAME_MAX + 1] = "";
    gethostname(name, sizeof name - 1);
    lua_pushstring(L, name);
    return 1;
}

static int sys_cwd(lua_State *L)
{
    char path[PATH_MAX];
    if (getcwd(path, sizeof path) == NULL)
        return push_errno(L, "find the working directory");
    lua_pushstring(L, path);
    return 1;
}

static int sys_env(lua_State *L)
{
    lua_newtable(L);
    for (char **at = environ; at != NULL && *at != NULL; at++) {
        const char *equals = strchr(*at, '=');
        if (equals == NULL || equals == *at)
            continue;
        lua_pushlstring(L, *at, (size_t)(equals - *at));
        lua_pushstring(L, equals + 1);
        lua_rawset(L, -3);
    }
    return 1;
}

static int sys_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty(luaL_checkint(L, 1)));
    return 1;
}

static int sys_columns(lua_State *L)
{
    struct winsize size;
    if (ioctl(luaL_checkint(L, 1), TIOCGWINSZ, &size) != 0)
        return push_errno(L, "measure what is no terminal");
    lua_pushinteger(L, size.ws_col);
    return 1;
}

/* The program beside our shared module, when we are in one. */
static bool beside_module(const char *module, char out[PATH_MAX])
{
    static const char *const places[] = {"neap", "../../bin/neap"};
    const char *slash = strrchr(module, '/');
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.*s%s",
                 slash != NULL ? (int)(slash + 1 - module) : 0, module,
                 places[i]);
        if (access(path, X_OK) == 0 && realpath(path, out) != NULL)
            return true;
    }
    return false;
}

static int sys_exe(lua_State *L)
{
    char path[PATH_MAX];
    Dl_info module;
    size_t len;
    if (dladdr((void *)sys_exe, &module) != 0 &&
        (len = strlen(module.dli_fname)) > 3 &&
        strcmp(module.dli_fname + len - 3, ".so") == 0) {
        errno = ENOENT;
        if (!beside_module(module.dli_fname, path))
            return push_errno(L, "find the program neap beside its module");
    } else if (realpath("/proc/self/exe", path) == NULL) {
        return push_errno(L, "find this program");
    }
    lua_pushstring(L, path);
    return 1;
}

/* --- bytes ---------------------------------------------------------------- */

static int sys_sha256(lua_State *L)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    unsigned char digest[NEAP_HASH_SIZE];
    char hex[NEAP_HASH_HEX];
    neap_hash_sha256(bytes, len, digest);
    neap_hash_hex(digest, hex);
    lua_pushlstring(L, hex, sizeof hex - 1);
    return 1;
}

static int sys_random_bytes(lua_State *L)
{
    unsigned char bytes[256]; /* what getrandom gives without interruption */
    int n = luaL_checkint(L, 1);
    luaL_argcheck(L, n >= 0 && n <= (int)sizeof bytes, 1, "0 to 256 expected");
    if (getrandom(bytes, (size_t)n, 0) != n)
        return push_errno(L, "get random bytes");
    lua_pushlstring(L, (const char *)bytes, (size_t)n);
    return 1;
}

/* Version 4 of RFC 9562: all random. */
static int sys_uuid(lua_State *L)
{
    unsigned char b[16];
    char text[37];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return push_errno(L, "get random bytes");
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(text, sizeof text,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
             b[11], b[12], b[13], b[14], b[15]);
    lua_pushstring(L, text);
    return 1;
}

static int sys_rfc3339(lua_State *L)
{
    char text[NEAP_CLOCK_SIZE];
    neap_clock_format((int64_t)luaL_checknumber(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

int neap_open_sys(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"alive", sys_alive},
        {"boot_id", sys_boot_id},
        {"columns", sys_columns},
        {"cwd", sys_cwd},
        {"env", sys_env},
        {"exe", sys_exe},
        {"holder", sys_holder},
        {"hostname", sys_hostname},
        {"isatty", sys_isatty},
        {"kill_group", sys_kill_group},
        {"pid", sys_pid},
        {"random_bytes", sys_random_bytes},
        {"rfc3339", sys_rfc3339},
        {"sha256", sys_sha256},
        {"start_time", sys_start_time},
        {"sweep", sys_sweep},
        {"uuid", sys_uuid},
        {NULL, NULL},
    };
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    neap_sys_add_files(L);
    return 1;
}
