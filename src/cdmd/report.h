/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a reconcile did and found, said once until it changes. */

#include "libcdm/apply.h"

struct report {
	struct strv problems; /* as last said */
	struct strv refused;  /* steps that did not come about last time, and this time */
	struct strv refused_now;
	char *last_error; /* likewise, NULL: the last reconcile could look */
};

#define REPORT_NONE ((struct report){ 0 })

/* A step_fn; arg is the report. What was refused in the same way the last time too is not said again. */
void report_step(void *arg, const struct step *step, enum step_result result, const char *message);

/* At the end of one that could look, or of one that could not. */
void report_done(struct report *report, const struct strv *problems);
void report_error(struct report *report, const struct error *err);

void report_free(struct report *report);
