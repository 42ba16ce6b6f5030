/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * sampler SYSTEM-NODES GROUP...: samples repeatedly, until SIGTERM, what the kernel reports about all processes and
 * cgroups outside the groups: pages on other nodes in any process's numa_maps, other nodes in any top-level cgroup's
 * cpuset.mems.effective, and the memory that meminfo of those nodes counts, including unmapped page cache (also that of
 * the groups). Prints each violation and each sample at once, and at the end "samples N pages N effective N resident N"
 * (kB). It uses nothing of the project except the node set.
 */

#include "basic/nodeset.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Finds the hierarchy with the cpuset controller: the unified one, or v1's. */
static const char *cgroups = "/sys/fs/cgroup", *effective_file = "cpuset.mems.effective", *line_start = "0::/";

static volatile sig_atomic_t stop;
static struct nodeset system_nodes;
static char **groups;
static char *buf;
static size_t buf_size = 1 << 20;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

/* Reads the whole file into buf; NULL if it is gone. */
static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	while ((n = read(fd, buf + len, buf_size - len - 1)) > 0) {
		len += (size_t)n;
		if (buf_size - len < 4096) {
			char *grown = realloc(buf, buf_size *= 2);

			if (!grown)
				abort();
			buf = grown;
		}
	}
	close(fd);
	buf[len] = '\0';
	return n < 0 ? NULL : buf;
}

static int is_granted(const char *path)
{
	for (char **g = groups; *g; g++) {
		size_t n = strlen(*g);

		if (strncmp(path, *g, n) == 0 && (path[n] == '/' || path[n] == '\0' || path[n] == '\n'))
			return 1;
	}
	return 0;
}

static unsigned long pages_elsewhere(const char *numa_maps)
{
	unsigned long pages = 0;

	for (const char *p = numa_maps; (p = strstr(p, " N")); p++) {
		char *end;
		long node = strtol(p + 2, &end, 10);

		if (isdigit((unsigned char)p[2]) && *end == '=' && !nodeset_has(&system_nodes, (int)node))
			pages += strtoul(end + 1, NULL, 10);
	}
	return pages;
}

static unsigned long sample_processes(void)
{
	unsigned long pages = 0;
	DIR *proc = opendir("/proc");
	struct dirent *de;

	while (proc && (de = readdir(proc))) {
		char path[300], cgroup[512] = "?";
		const char *text;
		unsigned long here;

		if (!isdigit((unsigned char)de->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cgroup", de->d_name);
		text = slurp(path);
		text = text ? strstr(text, line_start) : NULL;
		if (!text)
			continue;
		text += strlen(line_start);
		snprintf(cgroup, sizeof(cgroup), "%.*s", (int)strcspn(text, "\n"), text);
		if (is_granted(cgroup))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/numa_maps", de->d_name);
		text = slurp(path);
		here = text ? pages_elsewhere(text) : 0;
		if (here)
			printf("foreign: pid %s in /%s has %lu pages\n", de->d_name, cgroup, here);
		pages += here;
	}
	if (proc)
		closedir(proc);
	return pages;
}

static unsigned long sample_cgroups(void)
{
	unsigned long bad = 0;
	DIR *top = opendir(cgroups);
	struct dirent *de;

	while (top && (de = readdir(top))) {
		struct nodeset effective;
		const char *text;
		char path[500];

		if (de->d_type != DT_DIR || de->d_name[0] == '.' || is_granted(de->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", cgroups, de->d_name, effective_file);
		text = slurp(path);
		if (!text || nodeset_parse(text, &effective) < 0 || nodeset_subset(&effective, &system_nodes))
			continue;
		printf("effective: %s has %s\n", de->d_name, NODESET_STR(&effective));
		bad++;
	}
	if (top)
		closedir(top);
	return bad;
}

static unsigned long field_kb(const char *meminfo, const char *field)
{
	const char *p = strstr(meminfo, field);

	return p ? strtoul(p + strlen(field), NULL, 10) : 0;
}

static unsigned long sample_nodes(void)
{
	struct nodeset nodes;
	const char *text = slurp("/sys/devices/system/node/has_memory");
	unsigned long sum = 0;

	if (!text || nodeset_parse(text, &nodes) < 0)
		return 0;
	nodes = nodeset_minus(&nodes, &system_nodes);
	NODESET_FOREACH(node, &nodes) {
		char path[100];
		unsigned long kb;

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
		text = slurp(path);
		kb = text ? field_kb(text, " AnonPages:") + field_kb(text, " FilePages:") : 0;
		if (kb)
			printf("resident: node %d holds %lu kB\n", node, kb);
		sum += kb;
	}
	return sum;
}

int main(int argc, char **argv)
{
	unsigned long samples = 0, pages = 0, effective = 0, resident = 0;

	if (argc < 2 || nodeset_parse(argv[1], &system_nodes) < 0)
		return 2;
	groups = argv + 2;
	if (access("/sys/fs/cgroup/cpuset/cgroup.procs", F_OK) == 0) {
		cgroups = "/sys/fs/cgroup/cpuset";
		effective_file = "cpuset.effective_mems";
		line_start = ":cpuset:/";
	}
	buf = malloc(buf_size);
	signal(SIGTERM, on_term);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (!stop) {
		pages += sample_processes();
		effective += sample_cgroups();
		resident += sample_nodes();
		printf("sample %lu\n", ++samples);
	}
	printf("samples %lu pages %lu effective %lu resident %lu\n", samples, pages, effective, resident);
	return 0;
}
