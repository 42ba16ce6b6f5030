/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a variable stands, by an object's symbol tables. */

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks in the object's file, for its full table and then for the dynamic one. False: it has no such variable. */
bool symbols_find(const struct dl_phdr_info *info, const char *name, uintptr_t *ret_start, size_t *ret_size);
