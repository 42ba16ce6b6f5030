/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The events that subscribers get: the differences between two views. */

#include "check.h"
#include "cdmd/events.h"

static struct nodeset set(const char *text)
{
	struct nodeset s = NODESET_EMPTY;

	if (nodeset_parse(text, &s) < 0)
		abort();
	return s;
}

/* Nodes 0 (system), 1 and 2 (of the built-in class); three cgroups: the root, a group, and one that is no group. */
struct scene {
	struct node nodes[3];
	struct verdict verdicts[3];
	struct topology topology;
	struct classification classes;
	struct cgroup groups[3];
	struct cgroups tree;
	struct snapshot now;
	struct view view;
};

static struct config *config;

static void scene(struct scene *s, enum node_state one, enum node_state two, const char *effective)
{
	const enum node_state states[] = { NODE_ONLINE, one, two };

	if (!config && config_builtin(&config) < 0)
		abort();
	*s = (struct scene){
		.topology = { .nodes = s->nodes, .n_nodes = 3 },
		.classes = { .nodes = s->verdicts, .n_nodes = 3 },
		.groups = { { .path = (char *)"", .effective = set("0-2") },
			    { .path = (char *)"cdm.slice", .effective = set(effective) },
			    { .path = (char *)"system.slice", .effective = set("0") } },
		.tree = { .v = s->groups, .n = 3 },
		.now = { &s->topology, &s->classes, &s->tree },
		.view = { .now = &s->now, .config = config, .settled = true },
	};
	for (int i = 0; i < 3; i++) {
		bool on = states[i] == NODE_ONLINE || states[i] == NODE_PARTIAL;

		s->nodes[i] = (struct node){ .id = i, .state = states[i] };
		s->verdicts[i].class = i == 0 || states[i] == NODE_ABSENT ? CLASS_SYSTEM : 0;
		if (on)
			nodeset_add(&s->topology.has_memory, i);
		if (s->verdicts[i].class == 0)
			nodeset_add(&s->classes.device, i);
	}
}

static char *told(const struct view *before, const struct view *after)
{
	_cleanup_json_ json_t *events = events_between(before, after);
	char *text = events ? json_line(events) : NULL;

	if (!text)
		abort();
	return text;
}

#define RECONCILED "{\"event\":\"reconciled\",\"done\":0,\"failed\":0,\"skipped\":0,\"settled\":true}]\n"

TEST(without_changes_only_the_reconcile_is_reported)
{
	struct scene a, b;
	_cleanup_free_ char *text = NULL;

	scene(&a, NODE_ONLINE, NODE_ABSENT, "0-1");
	scene(&b, NODE_ONLINE, NODE_ABSENT, "0-1");
	text = told(&a.view, &b.view);
	CHECK_STR(text, "[" RECONCILED);
}

TEST(a_new_node_is_reported_as_added_onlined_and_granted)
{
	struct scene a, b, c, d;
	_cleanup_free_ char *added = NULL, *onlined = NULL, *granted = NULL;

	scene(&a, NODE_ABSENT, NODE_ABSENT, "0");
	scene(&b, NODE_OFFLINE, NODE_ABSENT, "0");
	scene(&c, NODE_PARTIAL, NODE_ABSENT, "0");
	scene(&d, NODE_ONLINE, NODE_ABSENT, "0-1");
	added = told(&a.view, &b.view);
	CHECK_STR(added, "[{\"event\":\"added\",\"node\":1,\"class\":\"device\",\"state\":\"offline\"}," RECONCILED);
	onlined = told(&b.view, &c.view);
	CHECK_STR(onlined, "[{\"event\":\"onlined\",\"node\":1,\"class\":\"device\",\"state\":\"partial\"}," RECONCILED);
	granted = told(&c.view, &d.view);
	CHECK_STR(granted,
		  "[{\"event\":\"granted\",\"node\":1,\"class\":\"device\",\"groups\":[\"cdm.slice\"]}," RECONCILED);
}

TEST(a_removed_node_is_reported_with_the_class_it_had)
{
	struct scene a, b;
	_cleanup_free_ char *text = NULL;

	scene(&a, NODE_ONLINE, NODE_ABSENT, "0-1");
	scene(&b, NODE_ABSENT, NODE_ABSENT, "0");
	text = told(&a.view, &b.view);
	CHECK_STR(text,
		  "[{\"event\":\"removed\",\"node\":1,\"class\":\"device\",\"state\":\"absent\"},"
		  "{\"event\":\"revoked\",\"node\":1,\"class\":\"device\",\"groups\":[\"cdm.slice\"]}," RECONCILED);
}

TEST(a_node_that_goes_offline_is_reported_as_offlined_and_revoked)
{
	struct scene a, b;
	_cleanup_free_ char *text = NULL;

	scene(&a, NODE_ONLINE, NODE_ONLINE, "0-2");
	scene(&b, NODE_ONLINE, NODE_OFFLINE, "0-1");
	text = told(&a.view, &b.view);
	CHECK_STR(text,
		  "[{\"event\":\"offlined\",\"node\":2,\"class\":\"device\",\"state\":\"offline\"},"
		  "{\"event\":\"revoked\",\"node\":2,\"class\":\"device\",\"groups\":[\"cdm.slice\"]}," RECONCILED);
}

TEST(the_first_view_reports_every_node)
{
	struct scene b;
	struct view none = VIEW_NONE;
	_cleanup_free_ char *text = NULL;

	scene(&b, NODE_ONLINE, NODE_ABSENT, "0-1");
	text = told(&none, &b.view);
	CHECK_STR(text,
		  "[{\"event\":\"onlined\",\"node\":0,\"class\":\"system\",\"state\":\"online\"},"
		  "{\"event\":\"onlined\",\"node\":1,\"class\":\"device\",\"state\":\"online\"},"
		  "{\"event\":\"granted\",\"node\":1,\"class\":\"device\",\"groups\":[\"cdm.slice\"]}," RECONCILED);
}

TEST(a_problem_is_reported_once)
{
	struct scene a, b;
	char *problems[] = { (char *)"node 1 leaks" };
	_cleanup_free_ char *first = NULL, *again = NULL;

	scene(&a, NODE_ONLINE, NODE_ABSENT, "0-1");
	scene(&b, NODE_ONLINE, NODE_ABSENT, "0-1");
	b.view.problems = (struct strv){ problems, 1 };
	first = told(&a.view, &b.view);
	CHECK_STR(first, "[{\"event\":\"problem\",\"message\":\"node 1 leaks\"}," RECONCILED);
	again = told(&b.view, &b.view);
	CHECK_STR(again, "[" RECONCILED);
}

TEST(a_failed_look_reports_its_error_and_revokes_nothing)
{
	struct scene a;
	struct view failed;
	_cleanup_free_ char *text = NULL;

	scene(&a, NODE_ONLINE, NODE_ABSENT, "0-1");
	failed = a.view;
	failed.error = (char *)"no cpuset";
	a.view.now = NULL; /* view_next() has moved it */
	text = told(&a.view, &failed);
	CHECK_STR(text, "[{\"event\":\"problem\",\"message\":\"no cpuset\"}," RECONCILED);
}

TEST(leaving_is_reported_for_device_nodes_only)
{
	struct scene s;
	json_t *event;

	scene(&s, NODE_ONLINE, NODE_ABSENT, "0-1");
	CHECK(!event_of_leaving(&s.view, 0) && !event_of_leaving(&s.view, 2) && !event_of_leaving(&s.view, 7));
	event = event_of_leaving(&s.view, 1);
	CHECK_STR(json_string_value(json_object_get(event, "event")), "leaving");
	CHECK_STR(json_string_value(json_object_get(event, "class")), "device");
	CHECK_INT(json_integer_value(json_object_get(event, "node")), ==, 1);
	json_decref(event);
}

TEST(done_and_failed_steps_are_reported_and_vanished_targets_are_not)
{
	const struct step fence = { .kind = STEP_FENCE, .target = (char *)"system.slice", .nodes = set("0") };
	_cleanup_json_ json_t *done = event_of_step(&fence, STEP_DONE, NULL),
			      *failed = event_of_step(&fence, STEP_FAILED, "no");
	_cleanup_free_ char *a = json_line(done), *b = json_line(failed);

	CHECK_STR(a, "{\"event\":\"fenced\",\"cgroup\":\"system.slice\",\"nodes\":\"0\"}\n");
	CHECK_STR(b, "{\"event\":\"failed\",\"do\":\"fence\",\"target\":\"system.slice\",\"message\":\"no\"}\n");
	CHECK(event_of_step(&fence, STEP_GONE, NULL) == NULL);
	config_free(config);
	config = NULL;
}

CHECK_MAIN()
