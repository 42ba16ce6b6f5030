/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A random world: a kernel, a configuration, what was asked for, and the truth about its nodes and cgroups. */

#include "libcdm/snapshot/snapshot.h"
#include "model-kernel.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#define SYSTEM (-1)
#define N_CLASSES 2

struct world {
	struct kernel k;
	struct config *config;
	char *text; /* of the configuration */
	struct state state;
	struct node_truth {
		int class; /* SYSTEM, or the index of its class; of an absent node, when it comes */
		bool cpus;
		bool known; /* its memory was there when the system came up */
		enum origin origin;
	} nodes[N_NODES];
	struct cgroup_truth {
		unsigned may; /* the classes that processes in it may use */
		bool group;   /* it is a group or inside one, not only above one */
		bool leaf;    /* of a launched program */
		bool populated, dropin;
	} cgroups[N_CGROUPS];
	unsigned classes[2 * N_CGROUPS]; /* of each group of the configuration */
	const char *patterns[2 * N_CGROUPS];
	size_t n_groups;
	const char *auto_online;
};

static uint64_t random_state;

/* xorshift64*: the same numbers on every machine. */
static unsigned draw(unsigned n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (unsigned)((random_state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static bool chance(unsigned percent)
{
	return draw(100) < percent;
}

static struct nodeset to_nodeset(unsigned mask)
{
	struct nodeset s = NODESET_EMPTY;

	for (int n = 0; n < N_NODES; n++)
		if (mask & (1U << n))
			nodeset_add(&s, n);
	return s;
}

static unsigned to_mask(const struct nodeset *s)
{
	unsigned mask = 0;

	for (int n = 0; n < N_NODES; n++)
		mask |= (unsigned)nodeset_has(s, n) << n;
	return mask;
}

/* The configuration -------------------------------------------------------------------------------------------------- */

enum kind {
	KIND_BUILTIN,
	KIND_NUMBERS,
	KIND_ORIGINS,
	N_KINDS,
};

static const char *const class_names[N_KINDS][N_CLASSES] = { { "device", "device" }, { "gpu", "cxl" }, { "gpu", "cxl" } };

/* The nodes 2, and 3 and 4, by their numbers; with the built-in class, all that comes without CPUs. */
static int class_by_number(enum kind kind, int node)
{
	return kind == KIND_BUILTIN ? 0 : node == 2 ? 0 : node == 3 || node == 4 ? 1 : SYSTEM;
}

static void write_classes(FILE *f, enum kind kind)
{
	static const char *const match[N_KINDS][N_CLASSES] = {
		[KIND_NUMBERS] = { "\"nodes\": \"2\"", "\"nodes\": \"3-4\"" },
		[KIND_ORIGINS] = { "\"origin\": \"nvidia\"", "\"origin\": \"dax\"" },
	};
	static const char *const online[] = { "movable", "movable", "movable", "kernel", "driver", "never" };

	if (kind == KIND_BUILTIN)
		return;
	fputs(" \"classes\": {", f);
	for (int c = 0; c < N_CLASSES; c++)
		fprintf(f, "%s \"%s\": { \"match\": { %s }, \"online\": \"%s\" }", c ? "," : "", class_names[kind][c],
			match[kind][c], online[draw(ELEMENTSOF(online))]);
	fputs(" },", f);
}

static void add_group(struct world *w, const char *pattern, unsigned classes)
{
	w->patterns[w->n_groups] = pattern;
	w->classes[w->n_groups++] = classes;
}

static void make_config(struct world *w, enum kind kind)
{
	static const char *const patterns[] = { "cdm.slice", "kube.slice/**", "a/b", "a/b/c", "a/*", "gpu-*", "a/x/y" };
	struct error err = ERROR_NONE;
	size_t size;
	FILE *f = open_memstream(&w->text, &size);

	if (kind == KIND_BUILTIN)
		add_group(w, "cdm.slice", 1);
	fputs("{ \"version\": 1,", f);
	write_classes(f, kind);
	for (size_t i = kind == KIND_BUILTIN; i < ELEMENTSOF(patterns); i++)
		if (chance(30))
			add_group(w, patterns[i], kind == KIND_BUILTIN ? 1 : 1 + draw(3));
	fputs(" \"groups\": {", f);
	for (size_t i = 0; i < w->n_groups; i++) {
		unsigned c = w->classes[i];

		fprintf(f, "%s \"%s\": { \"classes\": [", i ? "," : "", w->patterns[i]);
		fprintf(f, c & 1 ? "\"%s\"" : "", class_names[kind][0]);
		fprintf(f, c & 2 ? "%s\"%s\"" : "", c & 1 ? ", " : "", class_names[kind][1]);
		fputs("] }", f);
	}
	fputs(" } }", f);
	fclose(f);
	if (config_parse("model", w->text, strlen(w->text), &w->config, &err) < 0) {
		printf("# %s: %s\n", error_text(&err), w->text);
		abort();
	}
}

/* A pattern that ends in "**" is for the cgroup above that, too. */
static bool pattern_is_for(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);
	_cleanup_free_ char *base = NULL;

	if (n < 3 || !streq(pattern + n - 3, "/**"))
		return fnmatch(pattern, path, FNM_PATHNAME) == 0;
	base = strndup(pattern, n - 3);
	return base && cgroup_is_below(path, base);
}

/* What a group is granted, all below it may use; and what is above it must let it through. */
static void tell_who_may(struct world *w)
{
	for (size_t i = 0; i < w->n_groups; i++)
		for (int g = 1; g < (int)N_CGROUPS; g++)
			if (pattern_is_for(w->patterns[i], paths[g]))
				for (int o = 1; o < (int)N_CGROUPS; o++) {
					bool inside = cgroup_is_below(paths[o], paths[g]);

					w->cgroups[o].group |= inside;
					if (inside || cgroup_is_below(paths[g], paths[o]))
						w->cgroups[o].may |= w->classes[i];
				}
	for (int g = 0; g < (int)N_CGROUPS; g++)
		w->cgroups[g].leaf = strstr(paths[g], "/cdm-launch-");
}

/* Nodes --------------------------------------------------------------------------------------------------------------- */

static void make_node(struct world *w, enum kind kind, int n)
{
	struct node_truth *t = &w->nodes[n];
	bool there = n == 0 || chance(75);

	t->class = n == 0 ? SYSTEM : class_by_number(kind, n);
	if (n > 0 && kind == KIND_ORIGINS)
		t->class = (int)draw(3) - 1;
	/* With the built-in class, CPUs make a system node of it, or that its ordinary memory was there at boot. */
	if (n > 0 && kind == KIND_BUILTIN && chance(30))
		t->class = SYSTEM;
	t->cpus = n == 0 || (t->class == SYSTEM ? chance(70) : kind != KIND_BUILTIN && chance(20));
	t->origin = t->class == SYSTEM ? ORIGIN_BOOT : ORIGIN_ACPI;
	if (kind == KIND_ORIGINS && t->class != SYSTEM)
		t->origin = t->class == 0 ? ORIGIN_NVIDIA : ORIGIN_DAX;
	if (!there)
		return;
	w->k.blocks |= 1U << n;
	t->known = n == 0 || (t->class == SYSTEM && (chance(70) || (kind == KIND_BUILTIN && !t->cpus))) ||
		   (t->class != SYSTEM && kind != KIND_BUILTIN && chance(20));
	for (unsigned b = 0, how = draw(4); b < N_BLOCKS; b++)
		w->k.online[n][b] = t->known || how == 3 || (how == 2 && b == 0);
}

static void ask(struct world *w, int n)
{
	struct state *s = &w->state;

	if (w->nodes[n].class == SYSTEM || !(w->k.blocks & (1U << n)))
		return;
	if (chance(15)) {
		nodeset_add(&s->withdrawn, n);
		if (chance(60))
			nodeset_add(&s->draining, n);
		if (chance(40))
			nodeset_add(&s->offlining, n);
	} else if (chance(10)) {
		nodeset_add(&s->asked, n);
	}
}

static void make_nodes(struct world *w, enum kind kind)
{
	static const char *const auto_online[] = { "offline", "offline", "online_movable", "online" };
	unsigned n_possible = 2 + draw(N_NODES - 1);

	w->k.possible = (1U << n_possible) - 1;
	w->auto_online = auto_online[draw(ELEMENTSOF(auto_online))];
	for (int n = 0; n < (int)n_possible; n++) {
		make_node(w, kind, n);
		ask(w, n);
		if (w->nodes[n].known)
			nodeset_add(&w->state.known, n);
		for (unsigned b = 0; b < N_BLOCKS; b++)
			if (w->k.online[n][b] || ((w->k.blocks & (1U << n)) && chance(15)))
				(void)idset_add(&w->state.was_online, 32 * (unsigned)n + b);
	}
}

/* Cgroups ------------------------------------------------------------------------------------------------------------- */

static unsigned draw_mems(unsigned among)
{
	unsigned mems = chance(25) ? 0 : draw(1U << N_NODES) & among;

	return chance(30) ? among : mems;
}

static void make_cgroup_v1(struct kernel *k, int i)
{
	struct kernel_cgroup *g = &k->g[i], *above = &k->g[parent_index(i)];

	g->exclusive = above->exclusive && !streq(paths[i], CGROUP_V1_FENCE) && chance(10);
	g->mems = draw_mems(above->mems & ~taken_from(k, i));
}

static void make_cgroups(struct world *w)
{
	struct kernel *k = &w->k;
	const bool v1 = k->world == WORLD_V1, exclusive = chance(25);

	k->g[0] = (struct kernel_cgroup){ .exists = true, .exclusive = v1 && exclusive, .subtree = chance(70) };
	k->g[0].mems = v1 ? nodes_with_memory(k) : 0;
	k->strays = v1 ? draw(2) * 3 : 0;
	for (int i = 1; i < (int)N_CGROUPS; i++) {
		struct kernel_cgroup *g = &k->g[i];

		g->exists = k->g[parent_index(i)].exists && chance(60) && (v1 || !streq(paths[i], CGROUP_V1_FENCE));
		w->cgroups[i].populated = chance(50);
		if (g->exists && v1)
			make_cgroup_v1(k, i);
		if (!g->exists || v1)
			continue;
		g->subtree = has_cpuset(k, i) && chance(60);
		g->mems = has_cpuset(k, i) ? draw_mems(k->possible) : 0;
		w->cgroups[i].dropin = k->world == WORLD_V2_SYSTEMD && g->mems && chance(15);
	}
}

static void world_make(struct world *w, uint64_t seed)
{
	static const enum cgroup_world worlds[] = { WORLD_V2, WORLD_V2, WORLD_V2_SYSTEMD, WORLD_V1, WORLD_V1 };
	enum kind kind;

	random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < 8; i++)
		draw(1);
	*w = (struct world){ .k.world = worlds[draw(ELEMENTSOF(worlds))] };
	kind = (enum kind)draw(N_KINDS);
	make_config(w, kind);
	tell_who_may(w);
	make_nodes(w, kind);
	make_cgroups(w);
}

/* Prints it as comments of TAP. */
static void world_print(const struct world *w)
{
	static const char *const origins[] = { "none", "boot", "acpi", "dax", "cxl", "nvidia" };

	printf("# %s, possible %s, auto_online_blocks %s, %u strays\n# %s\n", cgroup_world_name(w->k.world),
	       NODESET_STR(&(struct nodeset){ { w->k.possible } }), w->auto_online, w->k.strays, w->text);
	for (int n = 0; n < N_NODES; n++)
		if (w->k.possible & (1U << n))
			printf("# node %d: class %d, %s%s%s%s%s%s, blocks %s\n", n, w->nodes[n].class,
			       origins[w->nodes[n].origin], w->nodes[n].cpus ? ", CPUs" : "",
			       w->nodes[n].known ? ", known" : "", nodeset_has(&w->state.withdrawn, n) ? ", withdrawn" : "",
			       nodeset_has(&w->state.draining, n) ? ", draining" : "",
			       nodeset_has(&w->state.offlining, n) ? ", offlining" : "",
			       !(w->k.blocks & (1U << n))             ? "absent" :
			       w->k.online[n][0] && w->k.online[n][1] ? "online" :
			       w->k.online[n][0]                      ? "half online" :
									"offline");
	for (int i = 0; i < (int)N_CGROUPS; i++)
		if (w->k.g[i].exists)
			printf("# /%s: mems %s, may %u%s%s%s%s\n", paths[i],
			       NODESET_STR(&(struct nodeset){ { w->k.g[i].mems } }), w->cgroups[i].may,
			       w->k.g[i].subtree ? ", +cpuset" : "", has_cpuset(&w->k, i) ? "" : ", no cpuset",
			       w->k.g[i].exclusive ? ", exclusive" : "", w->cgroups[i].dropin ? ", drop-in" : "");
}

static void world_free(struct world *w)
{
	config_free(w->config);
	free(w->text);
	free(w->state.auto_online);
	idset_free(&w->state.was_online);
	idset_free(&w->state.onlined);
	for (size_t i = 0; i < w->state.n_cgroups; i++) {
		free(w->state.cgroups[i].path);
		free(w->state.cgroups[i].mems);
	}
	free(w->state.cgroups);
}
