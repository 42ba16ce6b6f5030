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

_must_use_ int strv_add(struct strv *v, const char *s) _nonnull_(1, 2); /* a copy; -ENOMEM */
_must_use_ int strv_addf(struct strv *v, const char *fmt, ...) _printf_(2, 3) _nonnull_(1, 2);
bool strv_has(const struct strv *v, const char *s) _nonnull_(1, 2);
bool strv_has_sorted(const struct strv *v, const char *s) _nonnull_(1, 2); /* v as strv_sort() leaves it */
/* Returns the first string of such a list that starts with prefix, or NULL. */
const char *strv_starting_sorted(const struct strv *v, const char *prefix) _nonnull_(1, 2);
void strv_sort(struct strv *v) _nonnull_(1);
_must_use_ int strv_split(const char *text, const char *separators, struct strv *ret)
	_nonnull_(1, 2, 3); /* empty fields are dropped */
_must_use_ int strv_copy(const struct strv *from, struct strv *ret) _nonnull_(1, 2);
char *strv_join(const struct strv *v, const char *separator) _nonnull_(1, 2); /* owned; NULL: out of memory */
void strv_free(struct strv *v) _nonnull_(1);
#define _cleanup_strv_ _cleanup_(strv_free)
