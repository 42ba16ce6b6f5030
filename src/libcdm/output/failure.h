/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/error.h"

#include <stdbool.h>

/*
 * How a program says that it failed, on standard error and in one line: "PROGRAM: VERB: message", or for programs
 * {"error":"message","verb":"VERB"}. Standard output then holds a document or nothing. verb may be NULL.
 */
void failure_print(const char *program, const char *verb, const struct error *err, bool json);
