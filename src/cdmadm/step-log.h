/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Prints steps as they are carried out: a line for each at once, or all of them in the JSON document. */

#include "cdmadm.h"
#include "libcdm/engine/apply.h"

struct step_log {
	bool quiet;    /* prints no lines: the document is printed at the end */
	json_t *steps; /* {"do","target","nodes","value","result","message"}; the owner releases it */
	unsigned failed;
};

/* A step_fn for struct reconcile, arg a struct step_log. */
void step_log_step(void *arg, const struct step *step, enum step_result result, const char *message);

/* The same for an action that is no step of a plan, such as enabling a unit. message may be NULL. */
void step_log_add(struct step_log *log, const char *what, const char *target, enum step_result result, const char *message);

/* Lines of text as a JSON array, and printed as lines that begin with their kind: "problem: ...". */
json_t *lines_to_json(const struct strv *lines);
void print_lines(const char *what, const struct strv *lines);

/*
 * Ends apply, setup and teardown: prints the document {"steps","problems","notes"}, or the problems and notes and, if
 * there was no step at all, `nothing`. Returns an exit status, or a negative errno.
 */
_must_use_ int step_log_finish(struct step_log *log, const struct strv *problems, const struct strv *notes,
			       const char *nothing, struct error *err);
