/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libFuzzer: the input is a numa_maps, and behind the first NUL a maps to add to it. */

#include "libcdm/kernel/residency.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	struct nodeset some = nodeset_of(1);
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;

	nodeset_add(&some, 1023);
	if (numa_maps_parse((const char *)data, len, &vmas) < 0)
		return 0;
	if (nul && vmas_add_maps(&vmas, (const char *)nul + 1, size - len - 1) < 0)
		return 0;
	for (size_t i = 0; i < vmas.n; i++) {
		vma_pages_on(&vmas.v[i], &some);
		vma_policy_names(&vmas.v[i], &some);
		if (nul && vmas.v[i].end <= vmas.v[i].start)
			abort();
	}
	return 0;
}
