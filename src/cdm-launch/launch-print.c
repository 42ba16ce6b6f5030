/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The launch plan as --dry-run shows it. */

#include "launch.h"

#include "basic/output.h"
#include "libcdm/json/json.h"

#include <errno.h>

json_t *launch_to_json(const struct launch *l)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < l->rules.n; i++) {
		_cleanup_free_ char *text = rule_text(&l->rules.v[i]);

		json_array_append_new(rules, json_foreign(text ? text : ""));
	}
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:s, s:b, s:o, s:o}", "group", json_foreign(l->group), "inside",
			 l->inside, "nodes", json_nodes(&l->devices), "present", json_nodes(&l->present), "system",
			 json_nodes(&l->system), "policy", policy_name(l->place.targets[0].policy), "balancing",
			 l->balancing, "rules", rules, "rules_from", json_foreign(l->rules_from));
}

static json_t *to_json(const struct launch *l, const char *refused)
{
	json_t *doc = launch_to_json(l), *command = json_array();

	for (char **arg = l->command; *arg; arg++)
		json_array_append_new(command, json_foreign(*arg));
	json_object_set_new(doc, "mode", json_string(l->mode == MODE_TRACE ? "trace" : "preload"));
	json_object_set_new(doc, "fork", json_string(l->place.dont_fork ? "dontfork" : "keep"));
	json_object_set_new(doc, "inherit", json_boolean(!l->place.no_inherit));
	json_object_set_new(doc, "preload", l->preload ? json_foreign(l->preload) : json_null());
	json_object_set_new(doc, "program", json_foreign(l->program));
	json_object_set_new(doc, "command", command);
	json_object_set_new(doc, "may_enter", json_boolean(!refused));
	if (refused)
		json_object_set_new(doc, "refused", json_foreign(refused));
	return doc;
}

static void print_line(const char *what, const char *foreign, const char *more)
{
	printf("%-9s ", what);
	print_foreign(stdout, foreign);
	puts(more);
}

void launch_print_placement(const struct launch *l)
{
	print_line("group", l->group, l->inside ? " (already inside)" : ", in a leaf of its own");
	printf("nodes     %s (there now: %s)\n", NODESET_STR(&l->devices), NODESET_STR(&l->present));
	printf("task      bind=static:%s%s: what no rule allows stays on system nodes\n", NODESET_STR(&l->system),
	       l->balancing ? ", balanced" : "");
	printf("policy    %s\n", policy_name(l->place.targets[0].policy));
	for (size_t i = 0; i < l->rules.n; i++) {
		_cleanup_free_ char *text = rule_text(&l->rules.v[i]);

		print_line(i ? "" : "rules", text ? text : "", "");
	}
	printf("          (");
	print_foreign(stdout, l->rules_from);
	puts(")");
}

static void print_text(const struct launch *l, const char *refused)
{
	launch_print_placement(l);
	if (geteuid() != 0 || refused)
		print_line("enter", refused ? "no: " : "yes, you may", refused ? refused : "");
	if (l->mode == MODE_TRACE)
		printf("mode      trace: its calls of mmap, mremap and brk\n");
	else
		print_line("mode      preload:", l->preload, "");
	if (l->place.dont_fork)
		printf("fork      children do not get memory that malloc and anon rules allow\n");
	if (l->place.no_inherit)
		printf("inherit   no: programs that the program executes have no rules\n");
	print_line("program", l->program, "");
}

int launch_print_json(json_t *doc, struct error *err)
{
	_cleanup_free_ char *text = doc ? json_text(doc) : NULL;

	if (!text)
		return fail(err, -ENOMEM, "%m");
	fputs(text, stdout);
	return output_flush(err);
}

int launch_print(const struct launch *l, const char *refused, bool json, struct error *err)
{
	_cleanup_json_ json_t *doc = json ? to_json(l, refused) : NULL;

	if (json)
		return launch_print_json(doc, err);
	print_text(l, refused);
	return output_flush(err);
}
