/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Steps as they are carried out: a line each for people at once, or gathered for the document. */

#include "cdmadm.h"
#include "libcdm/engine/apply.h"

struct step_log {
	bool quiet;    /* no lines: the document is printed at the end */
	json_t *steps; /* {"do","target","nodes","value","result","message"}; the owner releases it */
	unsigned failed;
};

/* A step_fn for struct reconcile, arg a struct step_log. */
void step_log_step(void *arg, const struct step *step, enum step_result result, const char *message);

/* The same for what is no step of a plan, such as enabling a unit. message may be NULL. */
void step_log_add(struct step_log *log, const char *what, const char *target, enum step_result result, const char *message);

/* Lines of text as a document, and as lines that begin with what they are: "problem: ...". */
json_t *lines_to_json(const struct strv *lines);
void print_lines(const char *what, const struct strv *lines);

/*
 * The end of apply, setup and teardown: prints the document {"steps","problems","notes"}, or the problems and notes
 * and, when nothing at all happened, `nothing`. Returns an exit status, or a negative errno.
 */
int step_log_finish(struct step_log *log, const struct strv *problems, const struct strv *notes, const char *nothing,
		    struct error *err);
