/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Shared by the files of the report. */

#include "launch-report.h"

/* launch-report-process.c: reads what a process has now, and appends it to r->processes. */
_must_use_ int report_look(struct report *r, const struct root *root, const struct trace_process *p, struct error *err);

/* launch-report-numbers.c */
struct numbers {
	uint64_t ranges, bytes;
};

struct numbers report_numbers(const struct report *r, size_t rule);
struct numbers report_let_go(const struct report *r);
struct counts_target report_unbound(const struct report *r, size_t target);
const char *report_why_unbound(const struct counts_target *c);
bool report_has_counts(const struct report *r);
uint64_t report_target_rules(const struct launch *l, unsigned target);
uint64_t report_most(const struct report *r, bool bound);
