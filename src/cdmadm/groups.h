/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Groups and fences as documents: `groups` shows all that is in them, `status` the sum of it. */

#include "cdmadm.h"

json_t *groups_to_json(const struct snapshot *now, const struct config *config);

/* Of each fence, "holds" says whether it stands. */
json_t *fences_to_json(const struct snapshot *now, const struct config *config);
