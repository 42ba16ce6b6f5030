/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm groups: prints the groups with their nodes, and whether each fence holds. */

#include "groups.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/plan/plan.h"
#include "table.h"

static json_t *class_names(const struct config *config, uint64_t classes)
{
	json_t *names = json_array();

	for (size_t i = 0; i < config->n_classes; i++)
		if (classes & CLASS_BIT(i))
			json_array_append_new(names, json_string(config->classes[i].name));
	return names;
}

/* Counts the launched programs in the group; each has one leaf. */
static int leaves_in(const struct cgroups *cgroups, const char *group)
{
	int n = 0;

	for (size_t i = 0; i < cgroups->n; i++) {
		const char *below = after_prefix(cgroups->v[i].path, group);

		n += below && *below == '/' && leaf_is_ours(below);
	}
	return n;
}

/* Whether device memory that the group is granted is online, but none of it reaches the group. */
static bool is_fenced(const struct snapshot *now, uint64_t classes, const struct nodeset *effective)
{
	struct nodeset nodes = classify_nodes_of(now->classes, classes);
	struct nodeset online = nodeset_and(&nodes, &now->topology->has_memory);

	return !nodeset_empty(&online) && !nodeset_intersects(&online, effective);
}

static uint64_t classes_within(const struct snapshot *now, const struct nodeset *nodes)
{
	uint64_t classes = 0;

	for (size_t i = 0; i < CLASSES_MAX; i++)
		if (nodeset_intersects(&now->classes->of_class[i], nodes))
			classes |= CLASS_BIT(i);
	return classes;
}

static json_t *group_to_json(const struct snapshot *now, const struct config *config, const struct cgroup *g)
{
	struct nodeset granted = nodeset_and(&g->effective, &now->classes->device);
	uint64_t classes = now->cgroups->contained ? classes_within(now, &granted) : config_granted(config, g->path);

	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:i, s:b}", "group", json_foreign(*g->path ? g->path : "/"),
			 "classes", class_names(config, classes), "exists", true, "mems", json_nodes(&g->mems),
			 "effective", json_nodes(&g->effective), "granted", json_nodes(&granted), "leaves",
			 leaves_in(now->cgroups, g->path), "fenced", is_fenced(now, classes, &g->effective));
}

static json_t *missing_to_json(const struct config *config, const struct group *group)
{
	return json_pack("{s:s, s:o, s:b, s:s, s:s, s:s, s:i, s:b}", "group", group->pattern, "classes",
			 class_names(config, group->classes), "exists", false, "mems", "", "effective", "", "granted",
			 "", "leaves", 0, "fenced", false);
}

json_t *groups_to_json(const struct snapshot *now, const struct config *config)
{
	json_t *groups = json_array();

	/* What the container is granted, every process in it is granted, whatever the configuration inside says. */
	if (now->cgroups->contained) {
		json_array_append_new(groups, group_to_json(now, config, &now->cgroups->v[0]));
		return groups;
	}
	for (size_t i = 0; i < now->cgroups->n; i++)
		if (config_is_group(config, now->cgroups->v[i].path) && !leaf_is_ours(now->cgroups->v[i].path))
			json_array_append_new(groups, group_to_json(now, config, &now->cgroups->v[i]));
	for (size_t i = 0; i < config->n_groups; i++) {
		bool matched = false;

		for (size_t j = 0; j < now->cgroups->n && !matched; j++)
			matched = path_glob(config->groups[i].pattern, now->cgroups->v[j].path);
		if (!matched)
			json_array_append_new(groups, missing_to_json(config, &config->groups[i]));
	}
	return groups;
}

/* If no device node exists or can arrive, there is nothing to fence. A process in a container sees no other cgroups. */
static bool is_concerned(const struct snapshot *now)
{
	return !now->cgroups->contained && classification_has_devices(now->classes);
}

json_t *fences_to_json(const struct snapshot *now, const struct config *config)
{
	json_t *fences = json_array();

	for (size_t i = 0; is_concerned(now) && i < now->cgroups->n; i++) {
		const struct cgroup *g = &now->cgroups->v[i];
		enum fence fence = plan_fence_of(now, config, g);

		if (fence != FENCE_NONE)
			json_array_append_new(fences, json_pack("{s:o, s:o, s:o, s:b}", "cgroup", json_foreign(g->path),
								"mems", json_nodes(&g->mems), "effective",
								json_nodes(&g->effective), "holds", fence == FENCE_STANDS));
	}
	return fences;
}

static const struct column group_columns[] = {
	{ "group", "GROUP" },
	{ "classes", "CLASSES" },
	{ "exists", "EXISTS" },
	{ "mems", "MEMS" },
	{ "effective", "EFFECTIVE" },
	{ "granted", "GRANTED" },
	{ "leaves", "LEAVES", .right = true },
};

static const struct column fence_columns[] = {
	{ "cgroup", "FENCED" },
	{ "mems", "MEMS" },
	{ "effective", "EFFECTIVE" },
	{ "holds", "HOLDS" },
};

static int print_tables(const json_t *groups, const json_t *fences, const char *world, size_t open, struct error *err)
{
	int r = table_print(groups, group_columns, ELEMENTSOF(group_columns), err);

	if (r < 0)
		return r;
	if (json_array_size(fences))
		putchar('\n');
	r = table_print(fences, fence_columns, ELEMENTSOF(fence_columns), err);
	if (r < 0)
		return r;
	printf("\ncgroups: %s\n", world);
	if (open)
		printf("%zu fence%s not stand: run `cdmadm apply`\n", open, open > 1 ? "s do" : " does");
	return 0;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_error_ struct error where = ERROR_NONE;
	_cleanup_json_ json_t *doc = NULL;
	json_t *groups, *fences, *fence;
	const char *world;
	size_t i, open = 0;
	int r = ctx_snapshot(ctx, &now, err);

	if (r < 0)
		return r;
	world = cgroup_world_name(now->cgroups->world);
	groups = groups_to_json(now, ctx->config);
	fences = fences_to_json(now, ctx->config);
	doc = json_pack("{s:s, s:o, s:o}", "world", world, "groups", groups, "fenced", fences);
	if (cgroups_refuse_container(now->cgroups, &where) < 0)
		json_object_set_new(doc, "container", json_true());
	json_array_foreach(fences, i, fence)
		open += json_is_false(json_object_get(fence, "holds"));
	r = ctx->json ? print_json(doc, err) : print_tables(groups, fences, world, open, err);
	if (r >= 0 && !ctx->json && where.code)
		printf("%s\n", error_text(&where));
	return r < 0 ? r : open ? EXIT_FOUND : EXIT_CLEAN;
}

const struct verb verb_groups = {
	.name = "groups",
	.args = "",
	.help = "list the groups and what they are granted, and whether the fences stand",
	.run = run,
};
