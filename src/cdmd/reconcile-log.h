/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Logs what a reconcile did and found, once until it changes. */

#include "libcdm/engine/apply.h"

struct report {
	struct strv problems; /* as last logged */
	struct strv steps;    /* the results of the last reconcile's steps, sorted, and of this one's */
	struct strv steps_now;
	char *last_error; /* as last logged; NULL: the last reconcile could look */
};

#define REPORT_NONE ((struct report){ 0 })

/* A step_fn; arg is the report. A step with the same result as the last time is not logged again. */
void report_step(void *arg, const struct step *step, enum step_result result, const char *message);

/* Called at the end of a reconcile: report_done() if it could look, report_error() if it could not. */
void report_done(struct report *report, const struct strv *problems);
void report_error(struct report *report, const struct error *err);

/* Tells the log and the service manager how a reload ended; NULL: the new configuration is in force. */
void report_reload(const struct error *why);

void report_free(struct report *report);
