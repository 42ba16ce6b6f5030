/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The VMAs of a process as a stream: numa_maps and maps, read side by side. */

#include "numa-maps.h"

#include "basic/lines.h"
#include "basic/maps-line.h"
#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>

struct vma_stream {
	struct root process; /* its directory in /proc */
	pid_t pid;
	struct lines numa_maps, maps;
	struct vma ahead; /* the next VMA of numa_maps; no policy: there is none */
	struct mapping map;
	struct span map_name; /* in the buffer of maps */
	bool judges_all;
	char *tasks;   /* the task's policy; NULL: not looked up yet */
	uint64_t base; /* bytes of a base page; 0: not looked up yet */
};

static int open_process(const struct root *root, pid_t pid, struct root *ret)
{
	int fd = root_openf(root, O_PATH | O_DIRECTORY, "proc/%d", (int)pid);

	*ret = (struct root){ .fd = fd, .live = root->live };
	return fd < 0 ? fd : 0;
}

static int open_lines(const struct root *process, const char *name, struct lines *ret)
{
	int fd = root_openf(process, O_RDONLY, "%s", name);

	return fd < 0 ? fd : lines_init(ret, fd, VMA_LINE_MAX);
}

/* Describes why a file of a process cannot be read. */
static int failed(const struct root *process, pid_t pid, const char *name, int code, struct error *err)
{
	if (code == -ESRCH || (code == -ENOENT && !root_exists(process, "comm")))
		return fail(err, -ESRCH, "process %d is gone", (int)pid);
	if (code == -EACCES || code == -EPERM)
		return fail(err, code, "/proc/%d/%s: %m: another user's process needs CAP_SYS_PTRACE", (int)pid, name);
	if (code == -EFBIG)
		return fail(err, code, "/proc/%d/%s: a line is longer than %s, the limit for a mapping with its path",
			    (int)pid, name, SIZE_STR(VMA_LINE_MAX));
	return fail(err, code, "/proc/%d/%s: %m", (int)pid, name);
}

/* Returns 1 with a VMA, 0 at the end. */
static int next_of_numa_maps(struct lines *numa_maps, struct vma *ret)
{
	struct span line;
	int r = lines_next(numa_maps, &line);

	if (r > 0) {
		r = numa_maps_line(line, ret);
		r = r < 0 ? r : 1;
	}
	return r;
}

static int next_of_maps(struct lines *maps, struct mapping *ret, struct span *ret_name)
{
	struct span line;
	int r = lines_next(maps, &line);

	return r > 0 && !maps_line_parse(line, ret, ret_name) ? -EINVAL : r;
}

/* What is known only after the last VMA ---------------------------------------------------------------------------- */

/* Returns 1 with the address of the vDSO, 0 if there is none. */
static int find_vdso(const struct root *process, uint64_t *ret)
{
	_cleanup_lines_ struct lines maps = LINES_NONE;
	struct mapping map;
	struct span name;
	int r = open_lines(process, "maps", &maps);

	if (r < 0)
		return r;
	do
		r = next_of_maps(&maps, &map, &name);
	while (r > 0 && !span_is(name, "[vdso]"));
	if (r > 0)
		*ret = map.start;
	return r;
}

/*
 * For a VMA without a policy the kernel shows the task's (show_numa_map()). The vDSO is such a VMA: every process has
 * it, and no program binds it. It is one of the last, so its policy takes a look of its own at the file. A captured
 * tree of another machine has its own page size, that of its first VMA with base pages.
 */
static int look_up(struct vma_stream *s)
{
	_cleanup_lines_ struct lines numa_maps = LINES_NONE;
	uint64_t vdso = 0;
	int there = find_vdso(&s->process, &vdso), r = there;

	if (r >= 0)
		r = open_lines(&s->process, "numa_maps", &numa_maps);
	while (r >= 0 && ((there && !s->tasks) || !s->base)) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		r = next_of_numa_maps(&numa_maps, &vma);
		if (r <= 0)
			break;
		if (!s->base && vma.what != VMA_HUGE)
			s->base = vma.page_size;
		if (there && vma.start == vdso)
			s->tasks = TAKE_PTR(vma.policy);
	}
	if (r >= 0 && !s->base)
		s->base = (uint64_t)sysconf(_SC_PAGESIZE);
	if (r >= 0 && !s->tasks && !(s->tasks = strdup("default")))
		return -ENOMEM;
	return r < 0 ? r : 0;
}

/* One after the other ---------------------------------------------------------------------------------------------- */

int vma_stream_open(const struct root *process, pid_t pid, struct vma_stream **ret, struct error *err)
{
	_cleanup_vma_stream_ struct vma_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(err, -ENOMEM, "process %d: %m", (int)pid);
	*s = (struct vma_stream){ .process = ROOT_NONE, .pid = pid, .numa_maps = LINES_NONE, .maps = LINES_NONE };
	s->process = (struct root){ .fd = fcntl(process->fd, F_DUPFD_CLOEXEC, 0), .live = process->live };
	if (s->process.fd < 0)
		return fail(err, -errno, "process %d: %m", (int)pid);
	s->base = process->live ? (uint64_t)sysconf(_SC_PAGESIZE) : 0;
	r = open_lines(process, "numa_maps", &s->numa_maps);
	if (r >= 0)
		r = next_of_numa_maps(&s->numa_maps, &s->ahead);
	if (r < 0)
		return failed(process, pid, "numa_maps", r, err);
	r = open_lines(process, "maps", &s->maps);
	if (r < 0)
		return failed(process, pid, "maps", r, err);
	*ret = TAKE_PTR(s);
	return 0;
}

int vma_stream_of_pid(const struct root *root, pid_t pid, struct vma_stream **ret, struct error *err)
{
	_cleanup_root_ struct root process = ROOT_NONE;
	int r = open_process(root, pid, &process);

	if (r == -ENOENT)
		return fail(err, -ESRCH, "process %d is gone", (int)pid);
	if (r < 0)
		return fail(err, r, "/proc/%d: %m", (int)pid);
	return vma_stream_open(&process, pid, ret, err);
}

void vma_stream_free(struct vma_stream *s)
{
	root_close(&s->process);
	lines_close(&s->numa_maps);
	lines_close(&s->maps);
	vma_done(&s->ahead);
	free(s->tasks);
	free(s);
}

void vma_stream_judge_all(struct vma_stream *s)
{
	s->judges_all = true;
}

/* The end that its pages need at least, for a VMA that maps does not show any more; 0: it has none. */
static uint64_t end_of_pages(const struct vma *vma)
{
	uint64_t end = vma->start;

	for (size_t i = 0; i < vma->n_on; i++) {
		uint64_t bytes;

		if (__builtin_mul_overflow(vma->on[i].pages, vma->page_size, &bytes) || end > UINT64_MAX - bytes)
			return UINT64_MAX;
		end += bytes;
	}
	return end > vma->start ? end : 0;
}

/* Adds what maps says. Sets no end if the VMA is gone, and had no pages. */
static int add_map(struct vma_stream *s, struct vma *vma)
{
	int r = 1;

	while (r > 0 && s->map.end <= vma->start)
		r = next_of_maps(&s->maps, &s->map, &s->map_name);
	if (r == 0)
		s->map = (struct mapping){ 0 };
	if (r >= 0 && s->map.start <= vma->start && vma->start < s->map.end)
		return vma_add_map(vma, &s->map, s->map_name);
	vma->end = end_of_pages(vma);
	return r;
}

/* Adds what other VMAs say about it. */
static int add_context(struct vma_stream *s, struct vma *vma)
{
	const bool is_default = streq(vma->policy, "default"),
		   is_judged = s->judges_all || strstr(vma->policy, "=static:");
	int r = 0;

	/* The VMA was merged with the next one since: this end is the end of both. */
	if (s->ahead.policy && vma->end > s->ahead.start && s->ahead.start > vma->start)
		vma->end = s->ahead.start;
	if ((!s->tasks && is_judged && !is_default) || (!s->base && vma->what == VMA_HUGE))
		r = look_up(s);
	if (r < 0)
		return r;
	/* No VMA can have the default as a policy of its own while its task has another (vma_replace_policy()). */
	vma->is_tasks = is_default || !s->tasks || streq(vma->policy, s->tasks);
	vma_to_base_pages(vma, s->base);
	return 0;
}

int vma_stream_next(struct vma_stream *s, struct vma *ret, struct error *err)
{
	while (s->ahead.policy) {
		_cleanup_vma_ struct vma vma = TAKE(s->ahead, VMA_NONE);
		int r = add_map(s, &vma);

		if (r < 0)
			return failed(&s->process, s->pid, "maps", r, err);
		r = next_of_numa_maps(&s->numa_maps, &s->ahead);
		if (r >= 0 && vma.end)
			r = add_context(s, &vma);
		if (r < 0)
			return failed(&s->process, s->pid, "numa_maps", r, err);
		if (!vma.end)
			continue;
		*ret = TAKE(vma, VMA_NONE);
		return 1;
	}
	return 0;
}

/* Without maps ----------------------------------------------------------------------------------------------------- */

int process_pages_on(const struct root *root, pid_t pid, const struct nodeset *nodes, uint64_t *ret, struct error *err)
{
	_cleanup_root_ struct root process = ROOT_NONE;
	_cleanup_lines_ struct lines numa_maps = LINES_NONE;
	const uint64_t base = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t pages = 0;
	int r = open_process(root, pid, &process);

	if (r >= 0)
		r = open_lines(&process, "numa_maps", &numa_maps);
	for (;;) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		r = r < 0 ? r : next_of_numa_maps(&numa_maps, &vma);
		if (r <= 0)
			break;
		vma_to_base_pages(&vma, base);
		pages += vma_pages_on(&vma, nodes);
	}
	if (r < 0)
		return failed(&process, pid, "numa_maps", r, err);
	*ret = pages;
	return 0;
}
