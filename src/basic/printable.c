/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text of others made safe for a terminal: UTF-8 stays, control characters are escaped. */

#include "printable.h"

#include "strutil.h"

/* The bytes of the character at p, by what its first byte says and its others are; 0: it is no UTF-8 (RFC 3629). */
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

/* Characters that a terminal obeys, or that have a reader see another order than there is (UAX #9). */
static bool is_harmful(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f },                            /* C0: ESC, newline, carriage return, ... */
		{ 0x7f, 0x9f },                         /* DEL and C1: CSI as one character */
		{ 0x61c, 0x61c },                       /* marks of direction */
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, /* separators of lines, embeddings and overrides of direction */
		{ 0x2066, 0x2069 },                     /* isolates of direction */
	};

	for (size_t i = 0; i < ELEMENTSOF(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

char *printable(const char *text)
{
	static const char hex[] = "0123456789abcdef";
	char *out = malloc(strlen(text) * 4 + 1), *to = out;

	if (!out)
		return NULL;
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		uint32_t c = 0;
		const size_t n = utf8_length(p, &c);
		const bool shown = n && !is_harmful(c);
		const unsigned char *end = p + (n ? n : 1);

		for (; p < end; p++) {
			if (shown) {
				*to++ = (char)*p;
				continue;
			}
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[*p >> 4];
			*to++ = hex[*p & 15];
		}
	}
	*to = '\0';
	return out;
}
