/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the pages of a process or a cgroup are. */

#include "residency.h"

#include "basic/strutil.h"
#include "hugetlb.h"
#include "meminfo.h"
#include "process-status.h"

#include <errno.h>

#define NODE_DIR "sys/devices/system/node"

const char *vma_what_name(enum vma_what w)
{
	static const char *const names[] = {
		[VMA_ANON] = "anon", [VMA_HEAP] = "heap", [VMA_STACK] = "stack", [VMA_TEXT] = "text",
		[VMA_DATA] = "data", [VMA_FILE] = "file", [VMA_SHM] = "shm",     [VMA_HUGE] = "huge",
	};

	return names[w];
}

uint64_t vma_pages_on(const struct vma *vma, const struct nodeset *nodes)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < vma->n_on; i++)
		if (nodeset_has(nodes, vma->on[i].node))
			pages += vma->on[i].pages;
	return pages;
}

/* show_numa_map() gives mpol_to_str() a buffer of 64 bytes. */
#define POLICY_TEXT_MAX 63

bool vma_policy_nodes(const struct vma *vma, struct nodeset *ret)
{
	const char *colon = strrchr(vma->policy, ':');
	_cleanup_free_ char *list = colon ? strdup(colon + 1) : NULL;
	struct nodeset named;

	if (!list)
		return false;
	if (strlen(vma->policy) >= POLICY_TEXT_MAX) {
		char *last = strrchr(list, ',');

		if (!last)
			return false;
		*last = '\0';
	}
	if (nodeset_parse(list, &named) < 0)
		return false;
	*ret = named;
	return true;
}

bool vma_policy_names(const struct vma *vma, const struct nodeset *nodes)
{
	struct nodeset named;

	return vma_policy_nodes(vma, &named) && nodeset_intersects(&named, nodes);
}

bool vma_is_bound(const struct vma *vma, const struct nodeset *nodes)
{
	struct nodeset named;

	return !vma->is_tasks && strstr(vma->policy, "=static:") && vma_policy_nodes(vma, &named) &&
	       !nodeset_empty(&named) && nodeset_subset(&named, nodes);
}

int process_nodes(const struct root *root, pid_t pid, struct nodeset *ret)
{
	_cleanup_free_ char *text = NULL, *list = NULL;
	const char *field;
	int r = process_status(root, pid, &text);

	if (r < 0)
		return r;
	field = status_field(text, "Mems_allowed_list");
	if (!field)
		return -EINVAL;
	list = strndup(field, strcspn(field, "\n"));
	return list ? nodeset_parse(list, ret) : -ENOMEM;
}

int node_use_read(const struct root *root, int node, struct node_use *ret, struct error *err)
{
	const struct nodeset nodes = nodeset_of(node);
	_cleanup_hugepages_ struct hugepages h = HUGEPAGES_NONE;
	struct meminfo m;
	int r = meminfo_read(root, node, &m);

	if (r >= 0 && meminfo_used(&m) == BYTES_UNKNOWN)
		r = -ENODATA;
	if (r < 0)
		return fail(err, r, "/" NODE_DIR "/node%d/meminfo: %m", node);
	r = hugepages_read(root, &nodes, &h);
	if (r < 0)
		return fail(err, r, "/" NODE_DIR "/node%d/hugepages: %m", node);
	if (m.shmem == BYTES_UNKNOWN)
		m.shmem = 0;
	*ret = (struct node_use){
		.anon = m.anon,
		.cache = m.file > m.shmem ? m.file - m.shmem : 0,
		.shmem = m.shmem,
		.huge = hugepages_used(&h, node),
	};
	return 0;
}

uint64_t node_use_sum(const struct node_use *use)
{
	return use->anon + use->cache + use->shmem + use->huge;
}

/* "anon N0=4096 N1=0" (mm/memcontrol.c, memory_numa_stat_show()). */
static int sum_line(char *line, const struct nodeset *nodes, uint64_t *sum)
{
	strsep(&line, " ");
	for (char *word; (word = strsep(&line, " "));) {
		char *bytes = strchr(word, '=');
		uint64_t value;
		int node;

		if (*word != 'N' || !bytes)
			return -EINVAL;
		*bytes++ = '\0';
		if (parse_int(word + 1, &node) < 0 || parse_u64(bytes, &value) < 0)
			return -EINVAL;
		if (nodeset_has(nodes, node))
			*sum += value;
	}
	return 0;
}

int numa_stat_parse(const char *text, const struct nodeset *nodes, uint64_t *ret)
{
	_cleanup_strv_ struct strv lines = STRV_NONE;
	uint64_t sum = 0;
	int r = strv_split(text, "\n", &lines), found = 0;

	for (size_t i = 0; r >= 0 && i < lines.n; i++) {
		if (!after_prefix(lines.s[i], "anon ") && !after_prefix(lines.s[i], "file "))
			continue;
		r = sum_line(lines.s[i], nodes, &sum);
		found++;
	}
	if (r < 0)
		return r;
	if (found != 2)
		return -EINVAL;
	*ret = sum;
	return 0;
}

int cgroup_bytes_on(const struct root *root, const char *dir, const struct nodeset *nodes, uint64_t *ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read(root, &text, NULL, "%s/memory.numa_stat", dir);

	if (r >= 0)
		r = numa_stat_parse(text, nodes, ret);
	return r < 0 ? fail(err, r, "/%s/memory.numa_stat: %m", dir) : 0;
}
