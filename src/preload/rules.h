/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which sizes a hand-over allows: pure functions over its rules. */

#include "handover.h"

/* Whether the first rule that matches allows it. */
bool rules_allow(const struct handover *h, enum handover_kind kind, uint64_t size);

/* The smallest size that is allowed; UINT64_MAX, which no allocation has, when none is. */
uint64_t rules_smallest(const struct handover *h, enum handover_kind kind);

/* Takes out all rules of a kind. */
void rules_drop(struct handover *h, enum handover_kind kind);
