/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cleanup.h"

#include <stdbool.h>

/* An owned list of owned strings. */
struct strv {
	char **s;
	size_t n;
};

#define STRV_NONE ((struct strv){ 0 })

int strv_add(struct strv *v, const char *s); /* a copy; -ENOMEM */
int strv_addf(struct strv *v, const char *fmt, ...) _printf_(2, 3);
bool strv_has(const struct strv *v, const char *s);
bool strv_has_sorted(const struct strv *v, const char *s); /* v as strv_sort() leaves it */
void strv_sort(struct strv *v);
int strv_split(const char *text, const char *separators, struct strv *ret); /* empty fields are dropped */
int strv_copy(const struct strv *from, struct strv *ret);
char *strv_join(const struct strv *v, const char *separator); /* owned; NULL: out of memory */
void strv_free(struct strv *v);
#define _cleanup_strv_ _cleanup_(strv_free)
