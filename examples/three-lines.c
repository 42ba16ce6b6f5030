/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cc three-lines.c $(pkg-config --cflags --libs cdm) */

#include <cdm.h>
#include <stdio.h>

int main(void)
{
	const size_t size = 64 << 20;
	char *p = cdm_alloc(size, NULL, 0);

	if (!p) {
		fprintf(stderr, "%s\n", cdm_error());
		return 1;
	}
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	printf("pages on device nodes: %zd of %zd\n", cdm_count(p, size, NULL), cdm_where(p, size, NULL));
	return cdm_free(p, size) < 0;
}
