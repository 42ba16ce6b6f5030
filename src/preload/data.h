/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The variables of the program and its libraries: rules of kind data. */

#include "placement/placement.h"

/* Whether any rule is of that kind. */
bool data_is_asked(const struct placement *h);

/*
 * Binds what of the objects loaded now a rule allows, and moves what is there already. What was bound before is left as
 * it is, so this may be called whenever an object may have come.
 */
void data_bind(const struct placement *h);
