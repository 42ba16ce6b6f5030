/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan as JSON. */

#include "plan-json.h"

#include "basic/strutil.h"

/* NULL: there is nothing to say. */
static void add_text(json_t *step, const char *key, const char *text)
{
	if (text)
		json_object_set_new(step, key, json_string(text));
}

json_t *step_to_json(const struct step *s)
{
	_cleanup_free_ char *blocks = s->blocks.n > 0 ? idset_format(&s->blocks) : NULL;
	json_t *step = json_pack("{s:s, s:o, s:o}", "do", step_kind_name(s->kind), "target",
				 json_foreign(*s->target ? s->target : "/"), "nodes", json_nodes(&s->nodes));

	add_text(step, "value", STEP_VALUE(s));
	add_text(step, "blocks", blocks);
	return step;
}

json_t *plan_to_json(const struct plan *p)
{
	json_t *steps = json_array(), *problems = json_array();

	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(steps, step_to_json(&p->steps[i]));
	for (size_t i = 0; i < p->problems.n; i++)
		json_array_append_new(problems, json_foreign(p->problems.s[i]));
	return json_pack("{s:o, s:o}", "steps", steps, "problems", problems);
}
