/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The report as it is written. */

#include "launch-report.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/output/vma-json.h"

#include <inttypes.h>
#include <sys/wait.h>

struct numbers {
	uint64_t ranges, bytes;
};

/* Numbers that somebody else may be writing to. */
static struct numbers read_numbers(const struct counts_rule *c)
{
	return (struct numbers){ __atomic_load_n(&c->ranges, __ATOMIC_RELAXED),
				 __atomic_load_n(&c->bytes, __ATOMIC_RELAXED) };
}

static struct numbers numbers_of(const struct report *r, size_t rule)
{
	return read_numbers(r->counts ? &r->counts->rules[rule] : &r->rules[rule]);
}

static struct numbers let_go_of(const struct report *r)
{
	return read_numbers(r->counts ? &r->counts->let_go : &r->let_go);
}

static struct counts_target unbound_of(const struct report *r, size_t target)
{
	const struct counts_target *c = r->counts ? &r->counts->targets[target] : &r->targets[target];

	return (struct counts_target){ .ranges = __atomic_load_n(&c->ranges, __ATOMIC_RELAXED),
				       .bytes = __atomic_load_n(&c->bytes, __ATOMIC_RELAXED),
				       .error = __atomic_load_n(&c->error, __ATOMIC_RELAXED) };
}

static const char *why_unbound(const struct counts_target *c)
{
	return c->error < 0 && c->error > -4096 ? strerrordesc_np((int)-c->error) : "unknown";
}

static bool has_counts(const struct report *r)
{
	return !r->counts || __atomic_load_n(&r->counts->images, __ATOMIC_RELAXED);
}

static uint64_t rules_of_target(const struct launch *l, unsigned target)
{
	uint64_t rules = 0;

	for (size_t i = 0; i < l->rules.n; i++)
		rules |= !l->rules.v[i].deny && l->rule_targets[i] == target ? RULE_BIT(i) : 0;
	return rules;
}

static uint64_t most(const struct report *r, bool bound)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n_processes; i++) {
		const uint64_t here = bound ? r->processes[i].bound : r->processes[i].vmas;

		n = here > n ? here : n;
	}
	return n;
}

/* JSON ------------------------------------------------------------------------------------------------------------- */

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
		const struct rule *rule = &r->l->rules.v[i];
		const struct numbers n = numbers_of(r, i);
		_cleanup_free_ char *text = rule_text(rule);
		json_t *o = json_pack("{s:o, s:b}", "rule", json_foreign(text ? text : ""), "allows", !rule->deny);

		if (!rule->deny && has_counts(r)) {
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

	for (unsigned i = 0; i < r->l->n_targets; i++) {
		const struct counts_target c = unbound_of(r, i);

		if (c.ranges)
			json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:s}", "rules",
							      rules_to_json(r->l, rules_of_target(r->l, i)), "ranges",
							      (json_int_t)c.ranges, "bytes", (json_int_t)c.bytes, "why",
							      why_unbound(&c)));
	}
	return list;
}

static json_t *let_go_to_json(const struct report *r)
{
	const struct numbers n = let_go_of(r);

	return json_pack("{s:I, s:I}", "ranges", (json_int_t)n.ranges, "bytes", (json_int_t)n.bytes);
}

/* null: it is not asked, or could not be seen. */
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
			  (json_int_t)most(r, false), "most_bound", (json_int_t)most(r, true), "max_map_count",
			  (json_int_t)r->max_map_count, "leaks", each_leak(r), "leak_pages", (json_int_t)r->leak_pages,
			  "shared", r->shares, "complete", !r->incomplete && !r->watch.lost);

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

/* Text ------------------------------------------------------------------------------------------------------------- */

static void print_rules(FILE *f, const struct report *r, uint64_t rules, const char *separator)
{
	_cleanup_free_ char *text = match_text(&r->l->rules, rules, separator);

	print_foreign(f, text ? text : "");
}

static void print_pages(FILE *f, const struct node_pages *on, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%sN%d=%" PRIu64, i ? " " : "", on[i].node, on[i].pages);
	if (!n)
		fputs("no page", f);
}

static void print_status(FILE *f, int status)
{
	if (WIFSIGNALED(status))
		fprintf(f, "killed by signal %d", WTERMSIG(status));
	else
		fprintf(f, "exit status %d", WEXITSTATUS(status));
}

static void print_spilled(FILE *f, const struct report *r, const struct report_place *place)
{
	static const char *const text[] = {
		[SPILL_FULL] = "the nodes are full",
		[SPILL_NOT_GRANTED] = "the nodes are not granted, or gone",
		[SPILL_CACHE] = "they are a file's, in the page cache",
		[SPILL_UNKNOWN] = "there is room now; there was not, or they were there before, or were moved",
	};

	for (int why = 0; why < N_SPILLS; why++)
		if (place->spilled[why])
			fprintf(f, "            %" PRIu64 " of them elsewhere: %s%s%s%s\n", place->spilled[why],
				text[why], why == SPILL_FULL && r->full ? " (" : "",
				why == SPILL_FULL && r->full ? r->full : "", why == SPILL_FULL && r->full ? ")" : "");
}

static void print_by_rule(FILE *f, const struct report *r)
{
	for (size_t i = 0; i < r->l->rules.n; i++) {
		const struct numbers n = numbers_of(r, i);

		fputs(i ? "            " : "  allowed   ", f);
		print_rules(f, r, RULE_BIT(i), "");
		if (r->l->rules.v[i].deny)
			fputs(": denies\n", f);
		else if (!has_counts(r))
			fputs(": not counted (the counters could not be opened)\n", f);
		else
			fprintf(f, ": %" PRIu64 " range%s, %s\n", n.ranges, n.ranges == 1 ? "" : "s", SIZE_STR(n.bytes));
	}
	for (size_t i = 0; i < r->n_places; i++) {
		const struct report_place *place = &r->places[i];

		fputs(i ? "            " : "  pages     ", f);
		print_rules(f, r, place->rules, " or ");
		fputs(": ", f);
		print_pages(f, place->pages.v, place->pages.n);
		fputc('\n', f);
		print_spilled(f, r, place);
	}
	if (!r->n_places)
		fputs("  pages     none at the end\n", f);
	if (r->shares)
		fputs("            (pages that several processes map are counted for each)\n", f);
	for (unsigned i = 0; i < r->l->n_targets; i++) {
		const struct counts_target c = unbound_of(r, i);

		if (!c.ranges)
			continue;
		fprintf(f, "  unbound   %" PRIu64 " range%s, %s: %s (", c.ranges, c.ranges == 1 ? "" : "s",
			SIZE_STR(c.bytes), why_unbound(&c));
		print_rules(f, r, rules_of_target(r->l, i), " or ");
		fputs(")\n", f);
	}
}

static void print_let_go(FILE *f, const struct report *r)
{
	const struct numbers n = let_go_of(r);

	if (n.ranges)
		fprintf(f, "  let go    %" PRIu64 " range%s, %s: executable\n", n.ranges, n.ranges == 1 ? "" : "s",
			SIZE_STR(n.bytes));
}

static void print_leaks(FILE *f, const struct report *r)
{
	fprintf(f, "  leaks     %" PRIu64 " page%s of what no rule allows on device nodes\n", r->leak_pages,
		r->leak_pages == 1 ? "" : "s");
	for (size_t i = 0; i < r->n_leaks; i++) {
		const struct report_leak *leak = &r->leaks[i];

		fprintf(f, "            process %d (", (int)leak->pid);
		print_foreign(f, leak->comm);
		fprintf(f, "): %" PRIx64 "-%" PRIx64 " %s ", leak->vma.start, leak->vma.end, vma_what_name(leak->vma.what));
		print_foreign(f, leak->vma.name ? leak->vma.name : "");
		fprintf(f, " %s: N%d=%" PRIu64 "\n", leak->vma.policy, leak->node, leak->pages);
	}
}

/* Where nobody wanted it otherwise (--no-inherit), rules that did not hold are worth a word. */
static void print_without_library(FILE *f, const struct report *r)
{
	const char *label = "  no rules  ";

	for (size_t i = 0; i < r->n_processes && r->l->preload && !r->l->no_inherit; i++) {
		const struct report_process *p = &r->processes[i];

		if (!p->looked_at || p->has_library)
			continue;
		fprintf(f, "%sprocess %d (", label, (int)p->pid);
		print_foreign(f, p->comm);
		fputs("): the preload library was not in it: LD_PRELOAD was set anew (by a start script?), or it is a "
		      "program that takes none\n",
		      f);
		label = "            ";
	}
}

static void print_vma(FILE *f, const struct report *r, const struct report_vma *v)
{
	static const char *const text[] = {
		[RULING_TOOK] = "taken by ",         [RULING_OWN] = "bound by the program itself",
		[RULING_REFUSED] = "refused by ",    [RULING_MISSED] = "missed by ",
		[RULING_NONE] = "no rule is for it",
	};

	fprintf(f, "  %d  %" PRIx64 "-%" PRIx64 "  %-5s  ", (int)v->pid, v->vma.start, v->vma.end,
		vma_what_name(v->vma.what));
	print_pages(f, v->vma.on, v->vma.n_on);
	fprintf(f, "  %s", text[v->ruling]);
	print_rules(f, r, v->rules, " or ");
	fputs("  ", f);
	print_foreign(f, v->vma.name ? v->vma.name : "");
	fputc('\n', f);
}

static void print(FILE *f, const struct report *r)
{
	fputs("cdm-launch: ", f);
	print_foreign(f, r->l->program);
	fputs(": ", f);
	if (r->n_processes == 1)
		print_status(f, r->processes[0].status);
	else
		fprintf(f, "%zu processes", r->n_processes);
	fputc('\n', f);
	print_by_rule(f, r);
	print_let_go(f, r);
	fprintf(f,
		"  mappings  %" PRIu64 " at most in a process, %" PRIu64 " of them bound; %" PRIu64
		" is the limit (vm.max_map_count)\n",
		most(r, false), most(r, true), r->max_map_count);
	print_leaks(f, r);
	print_without_library(f, r);
	if (r->incomplete || r->watch.lost)
		fputs("  incomplete: of a process it could not be seen what it had\n", f);
	for (size_t i = 0; i < r->n_vmas; i++)
		print_vma(f, r, &r->vmas[i]);
}

static void print_running(FILE *f, const struct report *r)
{
	fprintf(f, "process %d (", (int)r->processes->pid);
	print_foreign(f, r->processes->comm);
	fputs("):\n", f);
	print_leaks(f, r);
	for (size_t i = 0; i < r->n_vmas; i++)
		print_vma(f, r, &r->vmas[i]);
}

static char *text_of(const struct report *r, void (*print_it)(FILE *f, const struct report *r))
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	print_it(f, r);
	return fclose(f) == 0 ? TAKE_PTR(text) : NULL;
}

char *report_text(const struct report *r)
{
	return text_of(r, print);
}

char *report_running_text(const struct report *r)
{
	return text_of(r, print_running);
}
