/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What attaching to a process would bind, as a table or JSON. */

#include "launch-attach.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/json/json.h"

#include <errno.h>
#include <inttypes.h>

static json_t *range_to_json(const struct launch *l, const struct range *range)
{
	const struct placement_target *t = rule_target(&l->place, range->rule);
	_cleanup_free_ char *rule = rule_text(&l->rules.v[range->rule]);
	char start[24], end[24];

	snprintf(start, sizeof(start), "%" PRIx64, range->map->start);
	snprintf(end, sizeof(end), "%" PRIx64, range->map->end);
	return json_pack("{s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:s}", "start", start, "end", end, "what",
			 map_what_name(range->map->what), "name", json_foreign(range->map->name), "size",
			 (json_int_t)(range->map->end - range->map->start), "rule", json_foreign(rule ? rule : ""),
			 "nodes", json_nodes(&t->nodes), "policy", policy_name(t->policy));
}

static json_t *to_json(const struct launch *l, const struct ranges *ranges)
{
	json_t *doc = launch_to_json(l), *vmas = json_array();

	for (size_t i = 0; i < ranges->n; i++)
		json_array_append_new(vmas, range_to_json(l, &ranges->v[i]));
	json_object_set_new(doc, "pid", json_integer(l->attach));
	json_object_set_new(doc, "move", json_boolean(l->move));
	json_object_set_new(doc, "vmas", vmas);
	return doc;
}

static void print_text(const struct launch *l, const struct ranges *ranges)
{
	launch_print_placement(l);
	printf("process   %d, %s\n", l->attach,
	       l->move ? "pages that it has already are moved" : "pages that it has already stay");
	for (size_t i = 0; i < ranges->n; i++) {
		const struct map *map = ranges->v[i].map;
		_cleanup_free_ char *rule = rule_text(&l->rules.v[ranges->v[i].rule]), *name = printable(map->name);
		_cleanup_free_ char *shown = rule ? printable(rule) : NULL;

		printf("%-9s %" PRIx64 "-%" PRIx64 " %s %s%s%s: %s\n", i ? "" : "binds", map->start, map->end,
		       SIZE_STR(map->end - map->start), map_what_name(map->what), name && *name ? " " : "",
		       name ? name : "", shown ? shown : "");
	}
	if (ranges->n == 0)
		printf("binds     nothing: no rule allows any of its mappings\n");
}

int ranges_print(const struct launch *l, const struct ranges *ranges, bool json, struct error *err)
{
	_cleanup_json_ json_t *doc = json ? to_json(l, ranges) : NULL;

	if (json)
		return launch_print_json(doc, err);
	print_text(l, ranges);
	return output_flush(err);
}
