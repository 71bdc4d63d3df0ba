/* SPDX-License-Identifier: MIT
 *
 * sys_file_lua: the functions of native.sys on files and directories.
 *
 * They are for the small and the rare: start-up, recovery, the command line.
 * What is large or on the way of a run goes through worker and writer. */
#include "bind/sys_lua.h"

#include "base/file.h"
#include "bind/push.h"

#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path at `arg`, NUL-terminated; one with a NUL inside raises. */
static const char *path_at(lua_State *L, int arg)
{
    size_t len;
    const char *path = luaL_checklstring(L, arg, &len);
    luaL_argcheck(L, strlen(path) == len, arg, "a path with a NUL inside");
    return path;
}

/* true, or nil and the error. */
static int push_done(lua_State *L, int code, const neap_err *err)
{
    if (code != 0)
        return neap_push_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

static int push_errno(lua_State *L, const char *verb, const char *path)
{
    neap_err err = NEAP_ERR_INIT;
    neap_err_sys(&err, errno, "cannot %s %s", verb, path);
    return neap_push_fail(L, &err);
}

static int sys_read(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    neap_buf buf = NEAP_BUF_INIT;
    int code = neap_file_read(&neap_sys_libc, path_at(L, 1), &buf, &err);
    if (code == 0)
        lua_pushlstring(L, buf.bytes, buf.len);
    neap_buf_deinit(&buf);
    return code == 0 ? 1 : neap_push_fail(L, &err);
}

static int sys_write(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    const char *path = path_at(L, 1);
    size_t len;
    const char *bytes = luaL_checklstring(L, 2, &len);
    return push_done(
        L, neap_file_write(&neap_sys_libc, path, 0666, bytes, len, &err), &err);
}

static int sys_append(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    const char *path = path_at(L, 1);
    size_t len;
    const char *bytes = luaL_checklstring(L, 2, &len);
    return push_done(
        L, neap_file_append(&neap_sys_libc, path, bytes, len, &err), &err);
}

static int sys_mkdir_p(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    const char *path = path_at(L, 1);
    return push_done(L, neap_file_mkdir_p(&neap_sys_libc, path, &err), &err);
}

static int sys_remove_tree(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    const char *path = path_at(L, 1);
    return push_done(L, neap_file_remove_tree(path, &err), &err);
}

static int sys_remove(lua_State *L)
{
    const char *path = path_at(L, 1);
    if (remove(path) != 0)
        return push_errno(L, "remove", path);
    return push_done(L, 0, NULL);
}

static int sys_rename(lua_State *L)
{
    const char *from = path_at(L, 1);
    if (neap_sys_libc.rename(from, path_at(L, 2)) != 0)
        return push_errno(L, "rename", from);
    return push_done(L, 0, NULL);
}

static int sys_list(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    neap_buf names = NEAP_BUF_INIT;
    size_t count = 0;
    int code = neap_file_list(path_at(L, 1), &names, &count, &err);
    const char *name = names.bytes;
    if (code == 0)
        lua_createtable(L, (int)count, 0);
    for (size_t i = 1; code == 0 && i <= count; i++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, (int)i);
        name += strlen(name) + 1;
    }
    neap_buf_deinit(&names);
    return code == 0 ? 1 : neap_push_fail(L, &err);
}

static int sys_exists(lua_State *L)
{
    lua_pushboolean(L, access(path_at(L, 1), F_OK) == 0);
    return 1;
}

static int sys_stat(lua_State *L)
{
    const char *path = path_at(L, 1);
    struct stat st;
    if (neap_sys_libc.stat(path, &st) != 0)
        return push_errno(L, "look at", path);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, S_ISREG(st.st_mode)   ? "file"
                      : S_ISDIR(st.st_mode) ? "directory"
                                            : "other");
    lua_setfield(L, -2, "type");
    lua_pushnumber(L, (double)st.st_size);
    lua_setfield(L, -2, "size");
    lua_pushnumber(L, (double)st.st_mtim.tv_sec +
                          (double)st.st_mtim.tv_nsec / 1e9);
    lua_setfield(L, -2, "mtime");
    lua_pushinteger(L, st.st_mode & 07777);
    lua_setfield(L, -2, "mode");
    return 1;
}

static int sys_realpath(lua_State *L)
{
    char out[PATH_MAX];
    const char *path = path_at(L, 1);
    if (realpath(path, out) == NULL)
        return push_errno(L, "resolve", path);
    lua_pushstring(L, out);
    return 1;
}

void neap_sys_add_files(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"append", sys_append}, {"exists", sys_exists},
        {"list", sys_list},     {"mkdir_p", sys_mkdir_p},
        {"read", sys_read},     {"realpath", sys_realpath},
        {"remove", sys_remove}, {"remove_tree", sys_remove_tree},
        {"rename", sys_rename}, {"stat", sys_stat},
        {"write", sys_write},   {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
