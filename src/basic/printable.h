/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text as it may be shown: UTF-8 and backslashes stay as they are (systemd's names are full of backslashes, and must be
 * good to paste). Control characters (C0, DEL, C1), characters that reorder others, and bytes that are no UTF-8
 * become \xHH, byte by byte. Owned, or NULL: out of memory.
 */
char *printable(const char *text);
