/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds a variable's address in an object's symbol tables. */

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Searches the full symbol table in the object's file, then the dynamic one. Returns false if there is no such
 * variable.
 */
bool symbols_find(const struct dl_phdr_info *info, const char *name, uintptr_t *ret_start, size_t *ret_size);
