/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text as it may be shown: UTF-8 and backslashes stay as they are (systemd's names are full of backslashes, and users
 * must be able to paste them). Control characters (C0, DEL, C1), characters that reorder others, and bytes that are not
 * UTF-8 become \xHH, byte by byte. Owned, or NULL: out of memory.
 */
char *printable(const char *text);

/*
 * Text as it is kept in files and logs: every byte that is not printable ASCII, and the backslash, becomes \xHH, so
 * that it can be undone. Owned, or NULL.
 */
char *escape_text(const char *text);

/* Undoes escape_text(). Owned, or NULL: the text is not of that form, or out of memory. */
char *unescape_text(const char *text);
