/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/error.h"

#include <stdbool.h>

/*
 * Prints a program's failure on standard error in one line: "PROGRAM: VERB: message", or as JSON
 * {"error":"message","verb":"VERB"}. Standard output then has a document or nothing. verb may be NULL.
 */
void failure_print(const char *program, const char *verb, const struct error *err, bool json);
