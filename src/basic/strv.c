/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of strings, which own their elements. */

#include "strv.h"

#include "strutil.h"

#include "array.h"

#include <errno.h>

/* Takes ownership of s, even if it fails. */
static int strv_push(struct strv *v, char *s)
{
	if (!s || !RESERVE(v->s, v->n)) {
		free(s);
		return -ENOMEM;
	}
	v->s[v->n++] = s;
	return 0;
}

int strv_add(struct strv *v, const char *s)
{
	return strv_push(v, strdup(s));
}

int strv_addf(struct strv *v, const char *fmt, ...)
{
	return strv_push(v, FORMATTED(fmt));
}

bool strv_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (streq(v->s[i], s))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
	if (v->n > 1)
		qsort(v->s, v->n, sizeof(*v->s), compare);
}

bool strv_has_sorted(const struct strv *v, const char *s)
{
	return v->n && bsearch(&s, v->s, v->n, sizeof(*v->s), compare);
}

const char *strv_starting_sorted(const struct strv *v, const char *prefix)
{
	size_t at = FIND_PLACE(v->s, v->n, s, strcmp(*s, prefix) < 0);

	return at < v->n && after_prefix(v->s[at], prefix) ? v->s[at] : NULL;
}

int strv_split(const char *text, const char *separators, struct strv *ret)
{
	_cleanup_strv_ struct strv v = STRV_NONE;

	for (const char *p = text + strspn(text, separators); *p; p += strspn(p, separators)) {
		size_t len = strcspn(p, separators);
		int r = strv_push(&v, strndup(p, len));

		if (r < 0)
			return r;
		p += len;
	}
	*ret = TAKE(v, STRV_NONE);
	return 0;
}

int strv_copy(const struct strv *from, struct strv *ret)
{
	_cleanup_strv_ struct strv v = STRV_NONE;

	for (size_t i = 0; i < from->n; i++) {
		int r = strv_add(&v, from->s[i]);

		if (r < 0)
			return r;
	}
	*ret = TAKE(v, STRV_NONE);
	return 0;
}

char *strv_join(const struct strv *v, const char *separator)
{
	char *text = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (size_t i = 0; i < v->n; i++)
		fprintf(f, "%s%s", i ? separator : "", v->s[i]);
	if (fclose(TAKE_PTR(f)) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void strv_free(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->s[i]);
	free(v->s);
	*v = STRV_NONE;
}
