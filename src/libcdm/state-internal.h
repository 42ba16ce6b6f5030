/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json.h"
#include "state.h"

/* state-pool.c: the key "hugepages". -EINVAL, -ENOMEM; NULL: out of memory. */
int pools_from_json(const json_t *doc, struct state *s);
json_t *pools_to_json(const struct state *s);
