/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The report as it is written in JSON. */

#include "launch-report-internal.h"

#include "basic/strutil.h"
#include "libcdm/output/vma-json.h"

#include <inttypes.h>
#include <sys/wait.h>

static json_t *rules_to_json(const struct launch *l, uint64_t rules)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->rules.n; i++)
		if (rules & RULE_BIT(i))
			json_array_append_new(list, json_integer((json_int_t)i));
	return list;
}

static json_t *status_to_json(int status)
{
	return WIFSIGNALED(status) ? json_pack("{s:i}", "signal", WTERMSIG(status)) :
				     json_pack("{s:i}", "exit", WEXITSTATUS(status));
}

static json_t *each_rule(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->l->rules.n; i++) {
		const bool allows = r->l->place.rules[i].allow;
		const struct numbers n = report_numbers(r, i);
		_cleanup_free_ char *text = rule_text(&r->l->rules.v[i]);
		json_t *o = json_pack("{s:o, s:b}", "rule", json_foreign(text ? text : ""), "allows", allows);

		if (allows && report_has_counts(r)) {
			json_object_set_new(o, "ranges", json_integer((json_int_t)n.ranges));
			json_object_set_new(o, "bytes", json_integer((json_int_t)n.bytes));
		}
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *each_place(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_places; i++) {
		const struct report_place *place = &r->places[i];
		json_t *spilled = json_object();

		for (int why = 0; why < N_SPILLS; why++)
			if (place->spilled[why])
				json_object_set_new(spilled, spill_name((enum spill)why),
						    json_integer((json_int_t)place->spilled[why]));
		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:o}", "rules", rules_to_json(r->l, place->rules), "pages",
						pages_to_json(place->pages.v, place->pages.n), "spilled", spilled));
	}
	return list;
}

static json_t *each_unbound(const struct report *r)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->l->place.n_targets; i++) {
		const struct counts_target c = report_unbound(r, i);

		if (c.ranges)
			json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:s}", "rules",
							      rules_to_json(r->l, report_target_rules(r->l, i)),
							      "ranges", (json_int_t)c.ranges, "bytes",
							      (json_int_t)c.bytes, "why", report_why_unbound(&c)));
	}
	return list;
}

static json_t *let_go_to_json(const struct report *r)
{
	const struct numbers n = report_let_go(r);

	return json_pack("{s:I, s:I}", "ranges", (json_int_t)n.ranges, "bytes", (json_int_t)n.bytes);
}

/* null: in trace mode, or if the process could not be read. */
static json_t *library_to_json(const struct report *r, const struct report_process *p)
{
	return p->looked_at && r->l->preload ? json_boolean(p->has_library) : json_null();
}

static json_t *each_process(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_processes; i++) {
		const struct report_process *p = &r->processes[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:o, s:o, s:o, s:I, s:I, s:o}", "pid", (int)p->pid, "comm",
						json_foreign(p->comm), "status", status_to_json(p->status), "library",
						library_to_json(r, p), "vmas", (json_int_t)p->vmas, "bound",
						(json_int_t)p->bound, "pages", pages_to_json(p->pages.v, p->pages.n)));
	}
	return list;
}

static json_t *each_leak(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_leaks; i++) {
		const struct report_leak *leak = &r->leaks[i];
		const struct vma *v = &leak->vma;

		json_array_append_new(list, json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:i, s:I}", "pid", (int)leak->pid,
						      "comm", json_foreign(leak->comm), "vma",
						      json_sprintf("%" PRIx64 "-%" PRIx64, v->start, v->end), "what",
						      vma_what_name(v->what), "name", json_foreign(v->name ? v->name : ""),
						      "policy", json_foreign(v->policy), "node", leak->node, "pages",
						      (json_int_t)leak->pages));
	}
	return list;
}

static json_t *each_vma(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_vmas; i++) {
		const struct report_vma *v = &r->vmas[i];
		json_t *o = vma_to_json(&v->vma, v->ruling == RULING_TOOK);

		json_object_set_new(o, "pid", json_integer(v->pid));
		json_object_set_new(o, "ruling", json_string(ruling_name(v->ruling)));
		json_object_set_new(o, "rules", rules_to_json(r->l, v->rules));
		json_array_append_new(list, o);
	}
	return list;
}

char *report_json_text(const struct report *r)
{
	_cleanup_json_ json_t *doc =
		json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I}, s:o, s:I, s:b, s:b}", "program",
			  json_foreign(r->l->program), "mode", r->l->mode == MODE_TRACE ? "trace" : "preload", "nodes",
			  json_nodes(&r->l->devices), "rules", each_rule(r), "placed", each_place(r), "unbound",
			  each_unbound(r), "let_go", let_go_to_json(r), "processes", each_process(r), "vmas", "most",
			  (json_int_t)report_most(r, false), "most_bound", (json_int_t)report_most(r, true),
			  "max_map_count", (json_int_t)r->max_map_count, "leaks", each_leak(r), "leak_pages",
			  (json_int_t)r->leak_pages, "shared", r->shares, "complete", !r->incomplete && !r->watch.lost);

	if (doc && r->l->report.explain)
		json_object_set_new(doc, "mappings", each_vma(r));
	return doc ? json_text(doc) : NULL;
}

char *report_running_json_text(const struct report *r)
{
	_cleanup_json_ json_t *doc = json_pack("{s:i, s:o, s:o, s:o, s:o, s:I, s:o}", "pid", (int)r->processes->pid,
					       "comm", json_foreign(r->processes->comm), "rules", each_rule(r),
					       "placed", each_place(r), "leaks", each_leak(r), "leak_pages",
					       (json_int_t)r->leak_pages, "mappings", each_vma(r));

	return doc ? json_text(doc) : NULL;
}
