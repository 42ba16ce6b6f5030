/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A VMA as JSON, for `cdmadm map` and cdm-launch's report. */

#include "libcdm/json/json.h"
#include "libcdm/kernel/residency.h"

/* Pages by node: {"0":1,"1":2}. A new reference; NULL: out of memory. */
json_t *pages_to_json(const struct node_pages *on, size_t n);

/* The same for a VMA. `allowed`: whether pages of it may be on device nodes. */
json_t *vma_to_json(const struct vma *vma, bool allowed);
