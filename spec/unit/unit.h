/* SPDX-License-Identifier: MIT
 *
 * unit: what every C unit includes first: cmocka and what it needs. */
#ifndef NEAP_UNIT_H
#define NEAP_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
