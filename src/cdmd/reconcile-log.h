/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a reconcile did and found, said once until it changes. */

#include "libcdm/engine/apply.h"

struct report {
	struct strv problems; /* as last said */
	struct strv steps;    /* what came of each step last time, sorted, and this time */
	struct strv steps_now;
	char *last_error; /* likewise, NULL: the last reconcile could look */
};

#define REPORT_NONE ((struct report){ 0 })

/* A step_fn; arg is the report. What came of a step is not said again when the same came of it the last time. */
void report_step(void *arg, const struct step *step, enum step_result result, const char *message);

/* At the end of one that could look, or of one that could not. */
void report_done(struct report *report, const struct strv *problems);
void report_error(struct report *report, const struct error *err);

/* What came of reading the configuration again, to the log and to the service manager. NULL: it is in force now. */
void report_reload(const struct error *why);

void report_free(struct report *report);
