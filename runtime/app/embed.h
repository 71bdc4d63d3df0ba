/* SPDX-License-Identifier: MIT
 *
 * embed: the Lua half of neap, carried inside the binary.
 *
 * Owns: the searcher that finds "neap.…" in the embedded table. Refuses to
 * know: the file system. Uses: lua.h, the generated table.
 */
#ifndef NEAP_APP_EMBED_H
#define NEAP_APP_EMBED_H

#include <lua.h>
#include <stddef.h>

typedef struct neap_embedded {
    const char *name;          /* "neap.run.step" */
    const char *chunk;         /* "@lua/neap/run/step.lua" */
    const unsigned char *data; /* source or bytecode */
    size_t size;
} neap_embedded;

/* Generated; ends with an entry whose name is NULL. */
extern const neap_embedded neap_embedded_modules[];

/* Make `require` find the embedded modules and "neap.native". Embedded modules
 * come before files, so that a program never mixes two versions of itself. */
void neap_embed_install(lua_State *L);

/* Run embedded module `name` outside `require` (which is busy with it when a
 * shared module is being opened) and leave its value; returns 1. */
int neap_embed_run(lua_State *L, const char *name);

#endif
