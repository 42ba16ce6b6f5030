/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A plan as JSON: {"steps":[...],"problems":[...]}. */

#include "libcdm/json/json.h"
#include "libcdm/plan/plan.h"

/* New references; NULL: out of memory. */
json_t *step_to_json(const struct step *s);
json_t *plan_to_json(const struct plan *p);
