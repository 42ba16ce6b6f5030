/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes text from outside safe for a terminal, a log or a file, by escaping what is harmful. */

#include "printable.h"

#include "strutil.h"

/* Returns the length of the character at p, if its bytes are valid UTF-8 (RFC 3629); else 0. */
static size_t utf8_length(const unsigned char *p, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
	uint32_t c = n == 1 ? p[0] : n ? p[0] & (0x7fU >> n) : 0;

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/* Characters that a terminal obeys, or that make a reader see text in another order than it has (UAX #9). */
static bool is_harmful(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f },                            /* C0: ESC, newline, carriage return, ... */
		{ 0x7f, 0x9f },                         /* DEL and C1: CSI as one character */
		{ 0x61c, 0x61c },                       /* direction marks */
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, /* line separators, direction embeddings and overrides */
		{ 0x2066, 0x2069 },                     /* direction isolates */
	};

	for (size_t i = 0; i < ELEMENTSOF(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Returns how many bytes of the character at p are shown as they are. */
typedef size_t shown_fn(const unsigned char *p);

/*
 * Bytes that are not shown become \xHH, one by one: the bytes after a character's first are no characters by
 * themselves.
 */
static char *escape(const char *text, shown_fn *shown)
{
	static const char hex[] = "0123456789abcdef";
	char *out = malloc(strlen(text) * 4 + 1), *to = out;

	if (!out)
		return NULL;
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t n = shown(p);

		if (n > 0) {
			memcpy(to, p, n);
			to += n;
			p += n;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = hex[*p >> 4];
		*to++ = hex[*p++ & 15];
	}
	*to = '\0';
	return out;
}

static size_t shown_to_readers(const unsigned char *p)
{
	uint32_t c = 0;
	const size_t n = utf8_length(p, &c);

	return is_harmful(c) ? 0 : n;
}

char *printable(const char *text)
{
	return escape(text, shown_to_readers);
}

static size_t shown_as_ascii(const unsigned char *p)
{
	return *p >= 0x20 && *p < 0x7f && *p != '\\';
}

char *escape_text(const char *text)
{
	return escape(text, shown_as_ascii);
}

char *unescape_text(const char *text)
{
	_cleanup_free_ char *out = malloc(strlen(text) + 1);
	char *p = out;

	if (!out)
		return NULL;
	while (*text) {
		unsigned byte;
		int len = 0;

		if (*text != '\\') {
			*p++ = *text++;
			continue;
		}
		if (sscanf(text, "\\x%2x%n", &byte, &len) != 1 || len != 4 || byte == 0)
			return NULL;
		*p++ = (char)byte;
		text += len;
	}
	*p = '\0';
	return TAKE_PTR(out);
}
