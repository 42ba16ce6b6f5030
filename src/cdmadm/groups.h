/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Groups and fences as JSON documents: `groups` shows them in full, `status` a summary. */

#include "cdmadm.h"

json_t *groups_to_json(const struct snapshot *now, const struct config *config);

/* "holds" of a fence says whether it is in place. */
json_t *fences_to_json(const struct snapshot *now, const struct config *config);
