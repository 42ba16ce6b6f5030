/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes numa_maps: the input is a numa_maps and, after the first null byte, a maps to read beside it. */

#include "files.h"

#include "libcdm/kernel/residency.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(const char *name, const void *data, size_t size)
{
	if ((mkdirat(fuzz_root().fd, "proc", 0755) < 0 || mkdirat(fuzz_root().fd, "proc/7", 0755) < 0) && errno != EEXIST)
		abort();
	fuzz_put(name, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	const size_t len = nul ? (size_t)(nul - data) : size;
	const struct root root = { .fd = fuzz_root().fd };
	_cleanup_vma_stream_ struct vma_stream *s = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct nodeset some = nodeset_of(1);
	int r;

	nodeset_add(&some, 1023);
	put("proc/7/comm", "x", 1);
	put("proc/7/numa_maps", data, len);
	put("proc/7/maps", nul ? nul + 1 : data, nul ? size - len - 1 : 0);
	r = vma_stream_of_pid(&root, 7, &s, &err);
	while (r >= 0) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		r = vma_stream_next(s, &vma, &err);
		if (r <= 0)
			break;
		vma_pages_on(&vma, &some);
		vma_policy_names(&vma, &some);
		if (vma.end <= vma.start)
			abort();
	}
	if (r < 0 && !err.msg)
		abort();
	return 0;
}
