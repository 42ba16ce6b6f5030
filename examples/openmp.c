/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * cc -fopenmp openmp.c $(pkg-config --cflags --libs cdm)
 *
 * A large array on the device, a small one of the system's, and all threads on both. Half of the array is then moved to
 * system memory, where its second half would be worked on, and each page says where it is.
 */

#include <cdm.h>
#include <stdio.h>

int main(void)
{
	const size_t n = 8 << 20, size = n * sizeof(double), half = size / 2;
	double *a = cdm_alloc(size, NULL, CDM_INTERLEAVE), sum = 0;
	ssize_t moved;

	if (!a) {
		fprintf(stderr, "%s\n", cdm_error());
		return 1;
	}
#pragma omp parallel for
	for (size_t i = 0; i < n; i++)
		a[i] = (double)(i % 8);
	printf("pages on device nodes: %zd of %zd\n", cdm_count(a, size, NULL), cdm_where(a, size, NULL));
	moved = cdm_migrate((char *)a + half, half, "system", NULL);
	if (moved < 0)
		fprintf(stderr, "%s\n", cdm_error());
	else
		printf("pages on system nodes: %zd\n", cdm_count(a, size, "system"));
#pragma omp parallel for reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += a[i];
	printf("%.0f\n", sum);
	return cdm_free(a, size) < 0 || moved < 0;
}
