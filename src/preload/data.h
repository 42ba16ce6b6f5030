/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The variables of the program and its libraries: rules of kind `data`. */

#include "placement/placement.h"

/* Whether any rule is of kind `data`. */
bool data_is_asked(const struct placement *h);

/*
 * Binds the variables that a rule allows in all objects loaded now, and moves their pages. It leaves what was bound
 * before as it is, so it may be called whenever an object may have been loaded.
 */
void data_bind(const struct placement *h);
