/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Logs what a reconcile did, without what has been logged before. */

#include "reconcile-log.h"

#include "basic/strutil.h"
#include "cdmd/loop/log.h"
#include "cdmd/loop/notify.h"

/* What a step does, with a line end: paths of cgroups may have spaces. Owned; NULL: out of memory. */
static char *text_of(const struct step *step)
{
	const char *value = STEP_VALUE(step);
	char *text;

	if (asprintf(&text, "%d %s %s %s\n", step->kind, step->target, NODESET_STR(&step->nodes), value ? value : "") < 0)
		return NULL;
	return text;
}

/* Whether this result is new. If memory runs out, it counts as new. */
static bool is_news(struct report *report, const struct step *step, enum step_result result, const char *message)
{
	_cleanup_free_ char *what = text_of(step), *text = NULL;

	if (!what || asprintf(&text, "%s%s %s", what, step_result_name(result), message ? message : "") < 0) {
		text = NULL;
		return true;
	}
	(void)strv_add(&report->steps_now, text);
	return !strv_has_sorted(&report->steps, text);
}

/* The next result of a step that is only deferred is compared with its last one. */
static void keep_last_result(struct report *report, const struct step *step)
{
	_cleanup_free_ char *what = text_of(step);
	const char *last = what ? strv_starting_sorted(&report->steps, what) : NULL;

	if (last)
		(void)strv_add(&report->steps_now, last);
}

void report_step(void *arg, const struct step *step, enum step_result result, const char *message)
{
	static const enum log_level levels[] = {
		[STEP_DONE] = LOG_LEVEL_INFO,
		[STEP_GONE] = LOG_LEVEL_INFO,
		[STEP_SKIPPED] = LOG_LEVEL_WARNING,
		[STEP_FAILED] = LOG_LEVEL_ERR,
	};

	if (result == STEP_DEFERRED)
		keep_last_result(arg, step);
	if (result == STEP_DEFERRED || !is_news(arg, step, result, message))
		return;
	log_event(levels[result], "step", "do", step_kind_name(step->kind), "target", *step->target ? step->target : "/",
		  "nodes", nodeset_empty(&step->nodes) ? NULL : NODESET_STR(&step->nodes), "value", STEP_VALUE(step),
		  "result", step_result_name(result), "message", message, NULL);
}

void report_done(struct report *report, const struct strv *problems)
{
	struct strv copy;

	strv_free(&report->steps);
	strv_sort(&report->steps_now);
	report->steps = TAKE(report->steps_now, STRV_NONE);
	free(report->last_error);
	report->last_error = NULL;
	for (size_t i = 0; i < problems->n; i++)
		if (!strv_has(&report->problems, problems->s[i]))
			log_event(LOG_LEVEL_WARNING, "problem", "message", problems->s[i], NULL);
	if (strv_copy(problems, &copy) < 0)
		return;
	strv_free(&report->problems);
	report->problems = copy;
}

void report_error(struct report *report, const struct error *err)
{
	if (report->last_error && streq(report->last_error, error_text(err)))
		return;
	log_event(LOG_LEVEL_ERR, "reconcile-failed", "message", error_text(err), NULL);
	free(report->last_error);
	report->last_error = strdup(error_text(err));
}

void report_reload(const struct error *why)
{
	if (why)
		log_event(LOG_LEVEL_ERR, "reload-failed", "message", error_text(why), "then",
			  "the configuration as it was stays in force", NULL);
	else
		log_event(LOG_LEVEL_NOTICE, "reloaded", NULL);
	notify_ready(why ? error_text(why) : NULL);
}

void report_free(struct report *report)
{
	strv_free(&report->problems);
	strv_free(&report->steps);
	strv_free(&report->steps_now);
	free(report->last_error);
	*report = REPORT_NONE;
}
