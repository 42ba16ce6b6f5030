/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether p lies in a private anonymous mapping that is neither heap nor stack, as /proc/self/maps has it. */

#include <stdbool.h>

bool maps_is_private_anonymous(const void *p);
