/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Calls single functions of the cgroup code: cgctl VERB [ARG...]
 *   list | make PATH... | remove PATH | enable PATH | disable PATH | prune PATH
 *   set PATH NODES | enter PATH NODES COMMAND [ARG...] | move PATH NODES PID | bench PATH TIMES
 * Messages and notes go to standard error; exit status 0, or the errno.
 */

#include "libcdm/cgroup/cgroup.h"

#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

static bool everywhere(const char *path _unused_, const void *arg _unused_)
{
	return true;
}

static int list(const struct cgroups *g)
{
	printf("world %s mount %s\n", cgroup_world_name(g->world), g->mount);
	for (size_t i = 0; i < g->n; i++) {
		const struct cgroup *c = &g->v[i];

		printf("/%s mems=%s effective=%s%s%s%s\n", c->path, NODESET_STR(&c->mems), NODESET_STR(&c->effective),
		       c->has_cpuset ? " cpuset" : "", c->cpuset_below ? " below" : "", c->populated ? " populated" : "");
	}
	return 0;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int bare_write(const char *path, const char *value)
{
	_cleanup_free_ char *file = NULL;
	_cleanup_close_ int fd = -1;

	if (asprintf(&file, "/sys/fs/cgroup/%s/cpuset.mems", path) < 0)
		return -ENOMEM;
	fd = open(file, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, strlen(value)) > 0 ? 0 : -errno;
}

static void lower(double *least, double start)
{
	double took = seconds() - start;

	if (took < *least)
		*least = took;
}

/* Measures how much longer cgroup_set_mems() takes than open, write, close: in hundredths, the best of each. */
static int bench(struct cgroup_ctl *ctl, const char *path, int times, struct error *err)
{
	struct nodeset both = nodeset_of(0);
	double bare = 1, ours = 1;
	int r = 0;

	nodeset_add(&both, 1);
	for (int i = 0; r == 0 && i < times; i++) {
		double start;

		bare_write(path, "0");
		start = seconds();
		r = bare_write(path, "0-1");
		lower(&bare, start);
		if (r < 0)
			return fail(err, r, "%s: %m", path);
		bare_write(path, "0");
		start = seconds();
		r = cgroup_set_mems(ctl, path, &both, err);
		lower(&ours, start);
	}
	printf("%.0f\n", 100 * ours / bare);
	return r;
}

static int make(struct cgroup_ctl *ctl, char **paths, struct error *err)
{
	int r = 0;

	for (; r == 0 && *paths; paths++)
		r = cgroup_make(ctl, *paths, err);
	return r;
}

static int enter(struct cgroup_ctl *ctl, char **argv, struct error *err)
{
	_cleanup_free_ char *where = NULL;
	struct nodeset mems;
	int r = nodeset_parse(argv[1], &mems);

	if (r < 0)
		return fail(err, r, "%s: %m", argv[1]);
	ctl->description = "cdm-launch test";
	r = cgroup_enter(ctl, 0, argv[0], &mems, &where, err);
	if (r < 0)
		return r;
	if (ctl->note)
		fprintf(stderr, "note: %s\n", ctl->note);
	if (setenv("CGROUP", where, 1) < 0)
		return fail(err, -errno, "setenv: %m");
	execvp(argv[2], argv + 2);
	return fail(err, -errno, "%s: %m", argv[2]);
}

static int move(struct cgroup_ctl *ctl, char **argv, struct error *err)
{
	_cleanup_free_ char *where = NULL;
	struct nodeset mems;
	int r = nodeset_parse(argv[1], &mems);

	if (r < 0)
		return fail(err, r, "%s: %m", argv[1]);
	r = cgroup_enter(ctl, atoi(argv[2]), argv[0], &mems, &where, err);
	if (r == 0)
		puts(where);
	return r;
}

static int run(struct cgroup_ctl *ctl, const struct cgroups *g, int argc, char **argv, struct error *err)
{
	const char *verb = argv[1], *path = argc > 2 ? argv[2] : "";
	struct nodeset mems;

	if (streq(verb, "list"))
		return list(g);
	if (streq(verb, "make"))
		return make(ctl, argv + 2, err);
	if (streq(verb, "remove"))
		return cgroup_remove(ctl, path, err);
	if (streq(verb, "enable"))
		return cgroup_enable_cpuset(ctl, path, err);
	if (streq(verb, "disable"))
		return cgroup_disable_cpuset(ctl, path, err);
	if (streq(verb, "prune"))
		return cgroup_prune_leaves(ctl, path), 0;
	if (streq(verb, "set") && argc == 4 && nodeset_parse(argv[3], &mems) == 0)
		return cgroup_set_mems(ctl, path, &mems, err);
	if (streq(verb, "enter") && argc > 4)
		return enter(ctl, argv + 2, err);
	if (streq(verb, "move") && argc == 5)
		return move(ctl, argv + 2, err);
	if (streq(verb, "bench") && argc == 4)
		return bench(ctl, path, atoi(argv[3]), err);
	return fail(err, -EINVAL, "%s: unknown verb or wrong arguments", verb);
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	_cleanup_cgroups_ struct cgroups *g = NULL;
	_cleanup_root_ struct root root = ROOT_NONE;
	int r = argc > 1 ? root_open(NULL, &root, &err) : fail(&err, -EINVAL, "a verb is missing");

	if (r == 0)
		r = cgroups_open(&root, &g, &err);
	if (r == 0)
		r = cgroups_read(&root, g, everywhere, NULL, &err);
	if (r == 0)
		r = cgroup_ctl_new(&root, g, &ctl, &err);
	if (r == 0)
		r = run(ctl, g, argc, argv, &err);
	if (r < 0)
		fprintf(stderr, "cgctl: %s\n", error_text(&err));
	else if (ctl->note)
		fprintf(stderr, "note: %s\n", ctl->note);
	return -r;
}
