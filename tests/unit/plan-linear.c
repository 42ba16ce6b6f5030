/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A plan is linear in the number of cgroups, since users make them. A clock would tell the machine's load, too, so
 * callgrind counts instructions: this program runs itself under it, "plan-linear COUNT" makes a plan for that many.
 */

#include "basic/strutil.h"
#include "libcdm/plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One of three is a new cgroup to fence; one has a list that opens its fence; one, in a group, a list that is too small. */
static void make_cgroup(struct cgroup *g, unsigned i, unsigned n)
{
	static const char *const lists[] = { "", "0-1", "0" };
	const unsigned kind = i * 3 / n;
	const char *const above[] = { "a-fence-", "b-fence-", "kube.slice/pod/c" };

	*g = (struct cgroup){ .has_cpuset = true, .explicit = *lists[kind], .effective = nodeset_of(0) };
	if (asprintf(&g->path, "%s%06u", above[kind], i) < 0 || nodeset_parse(lists[kind], &g->mems) < 0)
		abort();
}

static struct cgroup *make_cgroups(unsigned n)
{
	struct cgroup *v = calloc(n + 3, sizeof(*v));
	unsigned at = 1;

	if (!v)
		abort();
	v[0] = (struct cgroup){ .path = strdup(""), .has_cpuset = true, .effective = nodeset_of(0) };
	for (unsigned i = 0; i < n; i++) {
		if (i == (2 * n + 2) / 3) {
			v[at++] = (struct cgroup){ .path = strdup("kube.slice"), .has_cpuset = true };
			v[at++] = (struct cgroup){ .path = strdup("kube.slice/pod"), .has_cpuset = true };
		}
		make_cgroup(&v[at++], i, n);
	}
	return v;
}

/* In each world. */
static int plan_for(unsigned n)
{
	static const char text[] = "{ \"version\": 1, \"groups\": { \"kube.slice/**\": { \"classes\": [ \"device\" ] } } }";
	struct node nodes[] = { { .id = 0, .exists = true, .has_cpu = true, .state = NODE_ONLINE, .cpus = (char *)"0" },
				{ .id = 1, .state = NODE_ABSENT, .cpus = (char *)"" } };
	struct topology topology = { .possible = nodeset_of(0), .nodes = nodes, .n_nodes = 2, .has_memory = nodeset_of(0) };
	struct cgroups tree = { .v = make_cgroups(n), .n = n + 3 };
	struct snapshot now = { .topology = &topology, .cgroups = &tree };
	struct state state = { .known = nodeset_of(0) };
	_cleanup_config_ struct config *config = NULL;

	nodeset_add(&topology.possible, 1);
	if (config_parse("linear", text, strlen(text), &config, NULL) < 0 ||
	    classify(&topology, config, &state.known, &now.classes) < 0)
		return 1;
	for (int world = WORLD_V2; world <= WORLD_V1; world++) {
		_cleanup_plan_ struct plan *plan = NULL;

		tree.world = (enum cgroup_world)world;
		tree.v[0].explicit = world == WORLD_V1;
		tree.v[0].mems = world == WORLD_V1 ? nodeset_of(0) : NODESET_EMPTY;
		if (plan_make(&now, config, &state, &plan) < 0 || plan->n < n / 3)
			return 1;
	}
	classification_free(now.classes);
	for (size_t i = 0; i < tree.n; i++)
		free(tree.v[i].path);
	free(tree.v);
	return 0;
}

/* How many instructions it takes, by callgrind; 0: it could not be told. */
static long long instructions(const char *self, unsigned n)
{
	static const char collected[] = "Collected : ";
	long long count = 0;
	int fds[2];
	char line[256];
	FILE *f;

	fflush(stdout);
	if (pipe(fds) < 0)
		return 0;
	if (fork() == 0) {
		char number[16];

		snprintf(number, sizeof(number), "%u", n);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		execlp("valgrind", "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", self, number, NULL);
		_exit(127);
	}
	close(fds[1]);
	f = fdopen(fds[0], "re");
	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, collected);

		count = at ? strtoll(at + strlen(collected), NULL, 10) : count;
	}
	if (f)
		fclose(f);
	return count;
}

int main(int argc, char **argv)
{
	long long small, middle, large;
	bool linear;

#ifdef __SANITIZE_ADDRESS__
	/* Valgrind cannot run such a program; the sanitizer looks at a plan instead. */
	printf("%sok 1 - a plan for 4000 cgroups\n1..1\n", plan_for(4000) == 0 ? "" : "not ");
	return 0;
#endif
	if (argc > 1)
		return plan_for((unsigned)strtoul(argv[1], NULL, 10));
	small = instructions(argv[0], 1000);
	middle = instructions(argv[0], 2000);
	large = instructions(argv[0], 4000);
	/* Twice the first difference, and a little more for searches; something quadratic makes it four times that. */
	linear = small > 0 && middle > small && 10 * (large - middle) < 25 * (middle - small);
	printf("# 1000, 2000, 4000 cgroups: %lld, %lld, %lld instructions\n", small, middle, large);
	printf("%sok 1 - a plan is linear in the number of cgroups\n1..1\n", linear ? "" : "not ");
	return !linear;
}
