/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text as it may be shown: UTF-8 and backslashes stay as they are (systemd's names are full of backslashes, and must be
 * good to paste). Control characters (C0, DEL, C1), characters that reorder others, and bytes that are no UTF-8
 * become \xHH, byte by byte. Owned, or NULL: out of memory.
 */
char *printable(const char *text);

/*
 * Text as it is kept, in files and logs: every byte that is no printable ASCII, and the backslash, is \xHH, so that
 * there is a way back. Owned, or NULL.
 */
char *escape_text(const char *text);

/* The way back, of what escape_text() made. Owned, or NULL: not that, or out of memory. */
char *unescape_text(const char *text);
