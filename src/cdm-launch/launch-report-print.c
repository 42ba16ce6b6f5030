/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The report as it is written for people. */

#include "launch-report-internal.h"

#include "basic/output.h"
#include "basic/strutil.h"

#include <inttypes.h>
#include <sys/wait.h>

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
		[SPILL_UNKNOWN] =
			"there is room now; there was none then, or the pages are older than the rule, or were moved",
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
		const struct numbers n = report_numbers(r, i);

		fputs(i ? "            " : "  allowed   ", f);
		print_rules(f, r, RULE_BIT(i), "");
		if (!r->l->place.rules[i].allow)
			fputs(": denies\n", f);
		else if (!report_has_counts(r))
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
	for (unsigned i = 0; i < r->l->place.n_targets; i++) {
		const struct counts_target c = report_unbound(r, i);

		if (!c.ranges)
			continue;
		fprintf(f, "  unbound   %" PRIu64 " range%s, %s: %s (", c.ranges, c.ranges == 1 ? "" : "s",
			SIZE_STR(c.bytes), report_why_unbound(&c));
		print_rules(f, r, report_target_rules(r->l, i), " or ");
		fputs(")\n", f);
	}
}

static void print_let_go(FILE *f, const struct report *r)
{
	const struct numbers n = report_let_go(r);

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

/* Reports processes in which the rules did not hold, unless --no-inherit asks for that. */
static void print_without_library(FILE *f, const struct report *r)
{
	const char *label = "  no rules  ";

	for (size_t i = 0; i < r->n_processes && r->l->preload && !r->l->place.no_inherit; i++) {
		const struct report_process *p = &r->processes[i];

		if (!p->looked_at || p->has_library)
			continue;
		fprintf(f, "%sprocess %d (", label, (int)p->pid);
		print_foreign(f, p->comm);
		fputs("): the preload library was not in it: LD_PRELOAD was changed (by a start script?), or it is a "
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
		report_most(r, false), report_most(r, true), r->max_map_count);
	print_leaks(f, r);
	print_without_library(f, r);
	if (r->incomplete || r->watch.lost)
		fputs("  incomplete: a process could not be read\n", f);
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
